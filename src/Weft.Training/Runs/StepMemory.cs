using Weft.Model.Spec;
using Weft.Training.Adapters;

namespace Weft.Training.Runs;

// N tokens of a pass, T tokens of a window, D hidden, V vocabulary.

/// <summary>Bytes that are there at one moment of a step, beside those that are there from the first step to the last.</summary>
internal readonly record struct LiveMemory
{
    /// <summary>Of trained weights, in fp32.</summary>
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
    private readonly LargestRows _rows;
    private readonly StackMemory[] _stacks;
    private readonly LossMemory _loss;

    /// <summary>Gradient of the projection on the vocabulary, [V, D] in fp32; none where it is frozen.</summary>
    private readonly TensorBytes _table;

    private readonly bool _freezesEmbedding;

    /// <summary>[N, D] of the longest stack, in fp32.</summary>
    private readonly TensorBytes _wideLine;

    /// <summary>Gradients of all trained weights.</summary>
    private readonly TensorBytes _gradients;

    private readonly bool _adds;

    /// <summary>What the largest forward pass of a teacher takes, and what all leave, [N, D] each.</summary>
    private readonly (TensorBytes Forward, TensorBytes Left)? _teaching;

    public StepMemory(ModelSpec spec, TrainingPlan plan, LargestRows rows, IReadOnlyList<ModelSpec> teachers)
    {
        (_spec, _rows) = (spec, rows);
        long windows = (long)Math.Min(plan.WindowsPerPass, plan.BatchSize) * rows.RowsPerWindow;
        PassShape Shape(long length) => new(windows, length, plan.Precision.Resolve()) { DropsOut = plan.Dropout > 0, IsFrozen = plan.Adapter is not null };
        (PassShape own, PassShape? source) = (Shape(rows.Length), spec.HasSource ? Shape(rows.SourceLength) : null);
        _adds = plan.WindowsPerPass < plan.BatchSize;
        ParameterSpec[] parameters = [.. Trained(spec, plan.Adapter)];
        _freezesEmbedding = plan.Adapter is not null;
        bool trainsHead = plan.Adapter is null || parameters.Any(parameter => parameter.Name == $"{ModelParameters.Head}.weight");
        Frozen = plan.Adapter is { } adapter ? AdapterMemory.FrozenBytes(spec, adapter) : 0;
        Weights = parameters.Sum(parameter => parameter.Count) * PassShape.Wide;
        Optimizer = OptimizerMemory.Of(plan.Optimizer, parameters);
        StackMemory last = StackMemory.Of((spec, plan.Adapter), spec.Stack, spec.Decoder is null ? ModelParameters.Encoder : "", (own, source), rows);
        _stacks = source is { } read ? [StackMemory.Of((spec, plan.Adapter), spec.Encoder!, ModelParameters.Encoder, (read, null), rows), last] : [last];
        _loss = LossMemory.Of(spec, own, rows.TargetShare, _adds, (trainsHead, teachers));
        _table = !trainsHead ? default : TensorBytes.Of((long)spec.VocabularySize * spec.HiddenSize * PassShape.Wide);
        _wideLine = TensorBytes.Max(own.WideStates(spec.HiddenSize), source?.WideStates(spec.HiddenSize) ?? default);
        _gradients = TensorBytes.Sum(parameters.Select(parameter => TensorBytes.Of(parameter.Count * PassShape.Wide)));
        if (teachers.Count == 0)
            return;
        AdapterOptions frozen = RunTeacher.Frozen(plan.Precision.Resolve());
        Teachers = teachers.Sum(teacher => AdapterMemory.FrozenBytes(teacher, frozen));
        TensorBytes left = TensorBytes.Sum(teachers.Select(teacher => own.States(teacher.HiddenSize)));
        _teaching = (left + teachers.Select(Forward).MaxBy(forward => forward.All), left);

        TensorBytes Forward(ModelSpec teacher)
        {
            StackMemory taught = StackMemory.Of((teacher, frozen), teacher.Stack, teacher.Decoder is null ? ModelParameters.Encoder : "", (own with { DropsOut = false, IsFrozen = true }, null), rows);
            return taught.States + taught.Final + taught.Blocks.Select(block => block.Passing).MaxBy(passing => passing.All);
        }
    }

    /// <summary>Of the teachers' weights.</summary>
    public long Teachers { get; }

    /// <summary>Of the trained weights, in fp32.</summary>
    public long Weights { get; }

    /// <summary>Of those that are not trained.</summary>
    public long Frozen { get; }

    /// <summary>Of the optimizer.</summary>
    public OptimizerMemory Optimizer { get; }

    /// <summary>Whatever is trained of a model, or beside it.</summary>
    public static IEnumerable<ParameterSpec> Trained(ModelSpec spec, AdapterOptions? adapter) => adapter is null ? ModelParameters.Enumerate(spec) : AdapterParameters.Enumerate(spec, adapter);

    /// <summary>In their order.</summary>
    /// <param name="recomputes">Blocks are computed a second time instead of keeping what is inside them.</param>
    public IEnumerable<(string Name, LiveMemory Live)> Moments(bool recomputes)
    {
        StackMemory top = _stacks[^1];
        // A decoder reads what the norm after the encoder gives.
        TensorBytes states = TensorBytes.Sum(_stacks.Select(stack => stack.States + (stack == top ? default : stack.Final))) + (_teaching?.Left ?? default);
        IEnumerable<BlockMemory> all = _stacks.SelectMany(stack => stack.Blocks);
        TensorBytes kept = recomputes ? default : TensorBytes.Sum(all.Select(block => block.Kept));
        TensorBytes copies = recomputes ? default : TensorBytes.Sum(all.Select(block => block.Copies));
        BlockMemory last = top.Blocks[^1];
        if (_teaching is { } teaching)
            yield return ("in the teacher's forward pass", new() { Gradients = _adds ? _gradients : default, Projection = _loss.Buffers, Temporary = teaching.Forward });
        LiveMemory forward = new() { Gradients = _adds ? _gradients : default, Projection = _loss.Buffers, States = states, Activations = kept, Copies = copies };
        yield return ("at the end of the forward pass",
            forward with { Temporary = last.Passing, Activations = recomputes ? last.Kept : kept, Copies = recomputes ? last.Copies : copies });

        // From here on the hidden states and their gradient are there to the end of the pass.
        TensorBytes gradients = _adds ? _gradients : _table;
        yield return ("in the loss",
            forward with { Gradients = gradients, Activations = kept + top.Final, States = states + top.Line, Projection = _loss.Buffers + _loss.Temporary });
        states += (2 * top.Line) + TensorBytes.Sum(_stacks.Where(stack => stack != top).Select(stack => stack.Line));
        foreach (StackMemory stack in _stacks.Reverse())
            for (int i = stack.Blocks.Length - 1; i >= 0; i--)
            {
                BlockMemory block = stack.Blocks[i];
                gradients += _adds ? default : block.Gradients;
                TensorBytes temporary = recomputes ? TensorBytes.Max(block.Passing, block.Backward) : block.Backward;
                yield return ($"in the backward pass of {(stack == top ? "" : "the encoder's ")}block {i}", forward with
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
        if (!_freezesEmbedding)
            yield return ("in the gradient of the embedding", none with { States = states, Temporary = _table + _wideLine });
        yield return ("in the optimizer's update", none with { Temporary = TensorBytes.Of(Optimizer.Update) });
        // Reference logits of a window: torch's, a copy, and what it is copied to.
        long logits = _rows.Length * (long)_spec.VocabularySize * PassShape.Wide;
        yield return ("in the export", none with { Gradients = default, Temporary = TensorBytes.Outside(3 * logits) });
    }
}
