using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Training.Runs;

// N tokens of a pass, T tokens of a window, D hidden, V vocabulary.

/// <summary>Bytes that are there at one moment of a step, beside those that are there from the first step to the last.</summary>
internal readonly record struct LiveMemory
{
    /// <summary>Of weights, in fp32.</summary>
    public TensorBytes Gradients { get; init; }

    /// <summary>Narrow twins of weights.</summary>
    public TensorBytes Copies { get; init; }

    /// <summary>Embedded tokens and what goes from block to block, kept to the end of a pass.</summary>
    public TensorBytes States { get; init; }

    /// <summary>What blocks keep for the backward pass.</summary>
    public TensorBytes Activations { get; init; }

    /// <summary>Buffers and temporary tensors of the loss.</summary>
    public TensorBytes Projection { get; init; }

    /// <summary>Whatever else is on its way.</summary>
    public TensorBytes Temporary { get; init; }

    /// <summary>Their sum.</summary>
    public TensorBytes Bytes => Gradients + Copies + States + Activations + Projection + Temporary;
}

/// <summary>The moments of a step at which a run's memory may be at its most.</summary>
internal sealed class StepMemory
{
    private readonly ModelSpec _spec;
    private readonly TrainingPlan _plan;
    private readonly PassShape _pass;
    private readonly BlockMemory[] _blocks;
    private readonly LossMemory _loss;

    /// <summary>[N, D].</summary>
    private readonly TensorBytes _line;

    /// <summary>[V, D] in fp32.</summary>
    private readonly TensorBytes _table;

    /// <summary>Gradients of all weights.</summary>
    private readonly TensorBytes _gradients;

    private readonly bool _adds;

    public StepMemory(ModelSpec spec, TrainingPlan plan)
    {
        (_spec, _plan) = (spec, plan);
        _pass = new(Math.Min(plan.WindowsPerPass, plan.BatchSize), plan.ContextLength, plan.Precision.Resolve()) { DropsOut = plan.Dropout > 0 };
        _adds = plan.WindowsPerPass < plan.BatchSize;
        ParameterSpec[] parameters = [.. ModelParameters.Enumerate(spec)];
        Weights = parameters.Sum(parameter => parameter.Count) * PassShape.Wide;
        Optimizer = OptimizerMemory.Of(plan.Optimizer, parameters);
        string stack = spec.Decoder is null ? ModelParameters.Encoder : "";
        ILookup<string, ParameterSpec> byBlock = parameters.ToLookup(parameter => BlockOf(parameter.Name));
        var known = new Dictionary<BlockSpec, BlockMemory>();
        _blocks = [.. spec.Stack.Blocks.Select((block, i) => known.TryGetValue(block, out BlockMemory? memory) ? memory
            : known[block] = BlockMemory.Of(block, spec.HiddenSize, [.. byBlock[ModelParameters.Block(stack, i)]], _pass))];
        _loss = LossMemory.Of(spec, _pass, _adds);
        _line = _pass.States(spec.HiddenSize);
        _table = TensorBytes.Of((long)spec.VocabularySize * spec.HiddenSize * PassShape.Wide);
        _gradients = TensorBytes.Sum(parameters.Select(parameter => TensorBytes.Of(parameter.Count * PassShape.Wide)));
    }

    /// <summary>Of the weights, in fp32.</summary>
    public long Weights { get; }

    /// <summary>Of the optimizer.</summary>
    public OptimizerMemory Optimizer { get; }

    /// <summary>In their order.</summary>
    /// <param name="recomputes">Blocks are computed a second time instead of keeping what is inside them.</param>
    public IEnumerable<(string Name, LiveMemory Live)> Moments(bool recomputes)
    {
        TensorBytes states = Embedded() + (_blocks.Length * _line);
        TensorBytes kept = recomputes ? default : TensorBytes.Sum(_blocks.Select(block => block.Kept));
        TensorBytes copies = recomputes ? default : TensorBytes.Sum(_blocks.Select(block => block.Copies));
        TensorBytes final = _spec.Stack.FinalNorm is { } norm ? BlockMemory.OfNorm(norm, _spec.HiddenSize, _pass) : default;
        BlockMemory last = _blocks[^1];
        LiveMemory forward = new() { Gradients = _adds ? _gradients : default, Projection = _loss.Buffers, States = states, Activations = kept, Copies = copies };
        yield return ("at the end of the forward pass",
            forward with { Temporary = last.Passing, Activations = recomputes ? last.Kept : kept, Copies = recomputes ? last.Copies : copies });

        // From here on the hidden states and their gradient are there to the end of the pass.
        TensorBytes gradients = _adds ? _gradients : _table;
        yield return ("in the loss",
            forward with { Gradients = gradients, Activations = kept + final, States = states + _line, Projection = _loss.Buffers + _loss.Temporary });
        states += 2 * _line;
        for (int i = _blocks.Length - 1; i >= 0; i--)
        {
            BlockMemory block = _blocks[i];
            gradients += _adds ? default : block.Gradients;
            TensorBytes temporary = recomputes ? TensorBytes.Max(block.Passing, block.Backward) : block.Backward;
            yield return ($"in the backward pass of block {i}", forward with
            {
                Gradients = gradients,
                States = states,
                Activations = recomputes ? block.Kept : kept,
                Copies = recomputes ? block.Copies : copies,
                Temporary = temporary + (_adds ? block.Gradients : default),
            });
            kept -= recomputes ? default : block.Kept;
            copies -= recomputes ? default : block.Copies;
        }
        foreach ((string Name, LiveMemory Live) moment in Afterwards(states))
            yield return moment;
    }

    /// <summary>When the blocks are done.</summary>
    private IEnumerable<(string Name, LiveMemory Live)> Afterwards(TensorBytes states)
    {
        LiveMemory none = new() { Projection = _loss.Buffers, Gradients = _gradients };
        // A table of zeros into which the rows' gradients are added.
        yield return ("in the gradient of the embedding", none with { States = states, Temporary = _table + _pass.WideStates(_spec.HiddenSize) });
        yield return ("in the optimizer's update", none with { Temporary = TensorBytes.Of(Optimizer.Update) });
        // Reference logits of a window: torch's, a copy, and what it is copied to.
        long logits = _plan.ContextLength * (long)_spec.VocabularySize * PassShape.Wide;
        yield return ("in the export", none with { Gradients = default, Temporary = TensorBytes.Outside(3 * logits) });
    }

    /// <summary>What the embedding leaves: rows of tokens, what is added to them, and masks.</summary>
    private TensorBytes Embedded()
    {
        EmbeddingSpec embedding = _spec.Embedding;
        int wide = 1 + (embedding.Position is PositionSpec.None ? 0 : 1) + (embedding.Scale == 1 ? 0 : 1) + (embedding.Norm is null ? 0 : 1) + (embedding.TokenTypes > 0 ? 1 : 0);
        long masks = _spec.Stack.Blocks.Select(block => block.Attention).Where(NeedsMask).Select(attention => (attention.Mask, attention.Position)).Distinct().Count();
        // Dropout leaves a line beside the one that it reads.
        return _pass.WideStates(_spec.HiddenSize, wide) + (_pass.IsNarrow ? _line : default) + (_pass.DropsOut ? _line : default) + TensorBytes.Of(_pass.Context * _pass.Context * PassShape.Wide, masks);
    }

    private bool NeedsMask(AttentionSpec attention) => AttentionFunction.NeedsScores(attention)
        || (attention.Mask is not (AttentionMask.Causal or AttentionMask.Bidirectional) && attention.Mask.FirstVisible((int)_pass.Context - 1) > 0);

    /// <summary>The prefix of the block that a parameter belongs to; empty where it belongs to none.</summary>
    private static string BlockOf(string name)
    {
        int start = name.IndexOf("blocks.", StringComparison.Ordinal);
        return start < 0 ? "" : name[..(name.IndexOf('.', start + "blocks.".Length) + 1)];
    }
}
