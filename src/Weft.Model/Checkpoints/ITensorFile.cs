namespace Weft.Model.Checkpoints;

/// <summary>A memory-mapped file of named tensors.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The file's path.</summary>
    string FilePath { get; }

    /// <summary>Tensors by name. Their memory is valid until the file is disposed.</summary>
    IReadOnlyDictionary<string, TensorView> Tensors { get; }
}
