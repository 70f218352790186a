# Read by ctest. Without a part, or with one that failed, the question to all of them is not answered: it fails.
foreach(part 1To50 51To100 101To150 151To200)
  set_tests_properties(Simulation.Worlds${part} PROPERTIES FIXTURES_SETUP simulated_worlds)
endforeach()
set_tests_properties(Simulation.WorldsSawEverything PROPERTIES FIXTURES_REQUIRED simulated_worlds)
