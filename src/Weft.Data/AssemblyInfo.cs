using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Data.Tests")]
[assembly: InternalsVisibleTo("Weft.Evaluation")]
