using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Inference.Tests")]
[assembly: InternalsVisibleTo("Weft.Parity.Tests")]
[assembly: InternalsVisibleTo("Weft.Training")]
[assembly: InternalsVisibleTo("Weft.Training.Tests")]

// Kernels fill what they take from the stack; clearing it first would cost some of them more than their work.
[module: SkipLocalsInit]
