using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// One family of published models: how its config becomes a <see cref="ModelSpec"/> and back, and what its weights are called.
/// Adding a family is one subclass and its line in <see cref="ArchitectureCatalogue"/>.
/// </summary>
public abstract class Architecture
{
    /// <summary><c>model_type</c> of a Hugging Face config.</summary>
    public abstract string ModelType { get; }

    /// <summary>Entry of <c>architectures</c> in a Hugging Face config.</summary>
    public abstract string ClassName { get; }

    /// <summary>Prefix that checkpoints of the headless model leave out, such as <c>model.</c></summary>
    public abstract string BasePrefix { get; }

    /// <summary>How llama.cpp keeps this family in a GGUF file; null where it does not know it.</summary>
    public virtual GgufLayout? Gguf => null;

    /// <summary>Reads a config.</summary>
    /// <exception cref="Checkpoints.CheckpointException">A key is missing, has an impossible value, or asks for something unknown.</exception>
    public abstract ModelSpec ReadConfig(ConfigReader config);

    /// <summary>Writes the keys of a config that describe <paramref name="spec"/>.</summary>
    /// <exception cref="NotSupportedException">This family cannot express the specification; the message says which part.</exception>
    public abstract void WriteConfig(ModelSpec spec, JsonObject config);

    /// <summary>Where a parameter of Weft's naming lies in a checkpoint of this family.</summary>
    /// <exception cref="NotSupportedException">This family has no such parameter.</exception>
    public abstract WeightLocation Locate(ModelSpec spec, ParameterSpec parameter);

    /// <summary>Refuses a specification that this family cannot express.</summary>
    protected void Require(bool expressible, string part)
    {
        if (!expressible)
            throw new NotSupportedException($"model_type '{ModelType}' cannot express {part}; choose another architecture for the export");
    }

    /// <summary>The one block that all blocks of <paramref name="spec"/> equal.</summary>
    protected BlockSpec UniformBlock(ModelSpec spec)
    {
        BlockSpec first = spec.Decoder.Blocks[0];
        Require(spec.Decoder.Blocks.All(block => block == first), "blocks that differ from each other");
        return first;
    }

    /// <summary>Splits <c>blocks.N.attention.query.weight</c> into N, <c>attention.query</c> and <c>weight</c>; null for names outside the blocks.</summary>
    protected internal static (int Index, string Part, string Suffix)? SplitBlockName(string name)
    {
        int dot = name.LastIndexOf('.');
        return name[..Math.Max(0, dot)].Split('.', 3) is ["blocks", var index, var part]
            ? (int.Parse(index, System.Globalization.CultureInfo.InvariantCulture), part, name[(dot + 1)..])
            : null;
    }

    /// <summary>The refusal of <see cref="Locate"/>.</summary>
    protected NotSupportedException NoTensor(ParameterSpec parameter) => new($"model_type '{ModelType}' has no tensor for '{parameter.Name}'");
}

/// <summary>Where one of Weft's parameters lies in a checkpoint tensor.</summary>
/// <param name="Name">Tensor in the checkpoint.</param>
/// <param name="Transposed">The checkpoint stores [input, output].</param>
/// <param name="RowOffset">First row (after undoing the transposition) where several projections share a tensor.</param>
/// <param name="TotalRows">Rows of the shared tensor; 0 where the parameter has a tensor of its own.</param>
public readonly record struct WeightLocation(string Name, bool Transposed = false, long RowOffset = 0, long TotalRows = 0)
{
    /// <summary>
    /// Heads whose rows the checkpoint keeps with rotary pairs side by side (0, 1), (2, 3) …, where the specification has halves against each other
    /// (0, S/2), (1, S/2 + 1) …; 0 where both have the same order.
    /// </summary>
    public int InterleavedHeads { get; init; }

    /// <summary>The parameter's elements lie in the checkpoint exactly as Weft wants them.</summary>
    public bool IsPlain => !Transposed && TotalRows == 0 && InterleavedHeads == 0;

    /// <summary>The row of the checkpoint, from <see cref="RowOffset"/> on, that is row <paramref name="row"/> of the parameter's <paramref name="rows"/>.</summary>
    internal long StoredRow(long row, long rows)
    {
        if (InterleavedHeads == 0)
            return row;
        long size = rows / InterleavedHeads;
        (long head, long within) = long.DivRem(row, size);
        return (head * size) + (2 * (within % (size / 2))) + (within / (size / 2));
    }
}
