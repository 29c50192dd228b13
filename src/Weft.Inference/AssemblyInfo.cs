using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Weft.Inference.Tests")]
[assembly: InternalsVisibleTo("Weft.Parity.Tests")]
[assembly: InternalsVisibleTo("Weft.Training")]

// Kernels fill what they take from the stack; clearing it first would cost some of them more than their work.
[module: SkipLocalsInit]
