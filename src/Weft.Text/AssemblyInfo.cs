using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Text.Tests")]
[assembly: InternalsVisibleTo("Weft.Text.Benchmarks")]
