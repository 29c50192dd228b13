namespace Weft.Model.Checkpoints;

/// <summary>A checkpoint cannot be used. The message names the file, what was wrong, and what to do, on one line.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>An unusable checkpoint file or folder.</summary>
    public CheckpointException(string file, string problem, Exception? inner = null)
        : base($"{file}: {problem}", inner) => File = file;

    /// <summary>A tensor that is missing or has the wrong shape.</summary>
    public CheckpointException(string file, string tensor, IReadOnlyList<long> expected, IReadOnlyList<long>? found)
        : base($"{file}: tensor '{tensor}' {(found is null ? "is missing" : $"has shape [{string.Join(", ", found)}]")}"
               + $", expected [{string.Join(", ", expected)}]; the checkpoint does not match its config.json")
    {
        File = file;
        Tensor = tensor;
        ExpectedShape = expected;
        FoundShape = found;
    }

    /// <summary>The file or folder.</summary>
    public string File { get; }

    /// <summary>The tensor, where one is at fault.</summary>
    public string? Tensor { get; }

    /// <summary>The shape that the specification asks for.</summary>
    public IReadOnlyList<long>? ExpectedShape { get; }

    /// <summary>The shape in the file; null where the tensor is absent.</summary>
    public IReadOnlyList<long>? FoundShape { get; }
}
