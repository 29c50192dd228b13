using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Text.Tests")]
