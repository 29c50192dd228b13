using System.Globalization;

namespace Weft.Model.Checkpoints;

/// <summary>A checkpoint cannot be used. The message names the file, what was wrong, and what to do, on one line.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Names and values in a message come from the file, which may be hostile: enough to recognise them, not to flood a log.</summary>
    private const int MaximumProblemLength = 1000;

    /// <summary>An unusable checkpoint file or folder.</summary>
    public CheckpointException(string file, string problem, Exception? inner = null)
        : base($"{OneLine(file)}: {OneLine(problem)}", inner) => File = file;

    /// <summary>A tensor that is missing or has the wrong shape.</summary>
    public CheckpointException(string file, string tensor, IReadOnlyList<long> expected, IReadOnlyList<long>? found)
        : base($"{OneLine(file)}: tensor '{OneLine(tensor)}' {(found is null ? "is missing" : $"has shape {Text(found)}")}"
               + $", expected {Text(expected)}; the checkpoint does not match its config.json")
    {
        File = file;
        Tensor = tensor;
        ExpectedShape = expected;
        FoundShape = found;
    }

    /// <summary>A tensor that the model has no place for.</summary>
    internal static CheckpointException Extra(string file, string tensor) =>
        OfTensor(file, tensor, "is not part of the model that config.json describes; give the config.json that belongs to these weights");

    /// <summary>A tensor that has something wrong with it.</summary>
    internal static CheckpointException OfTensor(string file, string tensor, string problem) => new(file, $"tensor '{OneLine(tensor)}' {problem}") { Tensor = tensor };

    /// <summary>A weight with which nothing can be computed.</summary>
    internal static CheckpointException NotFinite(TensorView tensor, long element, float value)
    {
        string[] index = new string[tensor.Shape.Length];
        long rest = element;
        for (int i = index.Length - 1; i >= 0; i--)
            (rest, index[i]) = (rest / tensor.Shape[i], string.Create(CultureInfo.InvariantCulture, $"{rest % tensor.Shape[i]}"));
        string problem = string.Create(CultureInfo.InvariantCulture,
            $"tensor '{OneLine(tensor.Name)}' has the value {value} at [{string.Join(", ", index)}], where a finite number was expected; its weights are damaged, fetch the model again");
        return new(tensor.FilePath, problem) { Tensor = tensor.Name };
    }

    /// <summary>The file or folder.</summary>
    public string File { get; }

    /// <summary>The tensor, where one is at fault.</summary>
    public string? Tensor { get; private init; }

    /// <summary>The shape that the specification asks for.</summary>
    public IReadOnlyList<long>? ExpectedShape { get; }

    /// <summary>The shape in the file; null where the tensor is absent.</summary>
    public IReadOnlyList<long>? FoundShape { get; }

    private static string Text(IReadOnlyList<long> shape) => OneLine($"[{string.Join(", ", shape)}]");

    internal static string OneLine(string text)
    {
        string line = text.Length > MaximumProblemLength ? Middle(text) : text;
        return line.Any(IsBreak) ? string.Concat(line.Select(c => IsBreak(c) ? ' ' : c)) : line;
    }

    /// <summary>Cuts in the middle: the beginning says what is wrong, the end says what to do.</summary>
    private static string Middle(string text) => $"{text[..(MaximumProblemLength / 2)]} … {text[^(MaximumProblemLength / 2)..]}";

    private static bool IsBreak(char c) => char.IsControl(c) || c is '\u2028' or '\u2029';
}
