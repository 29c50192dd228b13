using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Inference.Tests")]
[assembly: InternalsVisibleTo("Weft.Parity.Tests")]
