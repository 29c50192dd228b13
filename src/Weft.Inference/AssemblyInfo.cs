using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Inference.Tests")]
