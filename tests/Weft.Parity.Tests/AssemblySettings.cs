using Xunit.Sdk;
using Xunit.v3;

// libtorch uses every core in each test already; tests in parallel would only fight for them, and thread counts are global to the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
