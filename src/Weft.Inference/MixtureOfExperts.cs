using System.Numerics.Tensors;
using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, E experts, n tokens of one expert.

/// <summary>
/// Gated experts behind a router (Shazeer et al. 2017, arXiv:1701.06538). The tokens of an expert are gathered and computed together, expert after
/// expert, so that a token adds its experts in the same order whatever other tokens come with it.
/// </summary>
internal sealed unsafe class MixtureOfExperts : FeedForward
{
    private readonly RouterSpec _spec;
    private readonly Linear _router;
    private readonly Linear? _sharedGate;
    private readonly Expert[] _experts;
    private readonly Expert? _shared;
    private float[] _scores = [], _weights = [];
    private AlignedBuffer _input = new(0, Purpose), _gathered = new(0, Purpose), _computed = new(0, Purpose);

    private const string Purpose = "the tokens of experts";

    /// <exception cref="NotSupportedException">The engine does not know this router or nonlinearity.</exception>
    public MixtureOfExperts(FeedForwardSpec.MixtureOfExperts spec, WeightStore store, string prefix)
    {
        Expert Make(string name) => new(spec.Activation, gated: true, spec.Bias, store, prefix + name);
        _spec = spec.Router is RouterSpec.SoftmaxBeforeChoice or RouterSpec.SoftmaxAfterChoice ? spec.Router
            : throw new NotSupportedException($"router {spec.Router.GetType().Name} is unknown to the engine");
        _router = new(store, prefix + "router", hasBias: false);
        _experts = [.. Enumerable.Range(0, spec.Router.Experts).Select(e => Make(ModelParameters.Expert(e)))];
        _shared = spec.Shared is null ? null : Make("shared.");
        _sharedGate = spec.Shared is { Gated: true } ? new(store, prefix + "shared_gate", hasBias: false) : null;
    }

    public override bool ReadsBeforeItWrites => false;

    public override void Forward(Team team, Workspace space, in RowSource rows, in Result result)
    {
        int size = _router.Inputs, tokens = result.Count;
        float* input = rows.Rows, output = (float*)result.Rows;
        Reserve(tokens, size);
        if (input == null)
        {
            // Read by the router and by each expert.
            if (_input.Count < _gathered.Count)
                _input = new(_gathered.Count, Purpose);
            input = _input.Pointer;
            rows.WriteTo(team, input, tokens);
        }
        Route(team, input, tokens);
        if (!result.Accumulate)
            new Span<float>(output, tokens * size).Clear();
        Span<int> chosen = tokens <= 256 ? stackalloc int[tokens] : new int[tokens];
        for (int e = 0; e < _experts.Length; e++)
        {
            int count = 0;
            for (int t = 0; t < tokens; t++)
                if (_weights[(t * _experts.Length) + e] > 0)
                    chosen[count++] = t;
            if (count > 0)
                Add(team, space, _experts[e], chosen[..count], e, input, output);
        }
        if (_shared is not null)
            AddShared(team, space, input, output, tokens);
    }

    private void Add(Team team, Workspace space, Expert expert, ReadOnlySpan<int> tokens, int index, float* input, float* output)
    {
        int size = _router.Inputs;
        for (int i = 0; i < tokens.Length; i++)
            Row(input, tokens[i]).CopyTo(Row(_gathered.Pointer, i));
        expert.Forward(team, space, new(_gathered.Pointer, size), new((nint)_computed.Pointer, tokens.Length, Accumulate: false));
        for (int i = 0; i < tokens.Length; i++)
            AddScaled(Row(_computed.Pointer, i), _weights[(tokens[i] * _experts.Length) + index], Row(output, tokens[i]));

        Span<float> Row(float* rows, int row) => new(rows + ((nint)row * size), size);
    }

    private void AddShared(Team team, Workspace space, float* input, float* output, int tokens)
    {
        int size = _router.Inputs;
        if (_sharedGate is null)
        {
            _shared!.Forward(team, space, new(input, size), new((nint)output, tokens, Accumulate: true));
            return;
        }
        _shared!.Forward(team, space, new(input, size), new((nint)_computed.Pointer, tokens, Accumulate: false));
        fixed (float* gates = _scores)
            MatMul.Execute(team, new(input, size), tokens, [_sharedGate.Into(gates)]);
        for (int t = 0; t < tokens; t++)
            AddScaled(new(_computed.Pointer + ((nint)t * size), size), 1 / (1 + MathF.Exp(-_scores[t])), new(output + ((nint)t * size), size));
    }

    private static void AddScaled(ReadOnlySpan<float> x, float factor, Span<float> output) => TensorPrimitives.MultiplyAdd(x, factor, output, output);

    /// <summary>Leaves the weight of every expert for every token, [T, E]; 0 for those that were not chosen.</summary>
    private void Route(Team team, float* input, int tokens)
    {
        int experts = _experts.Length;
        fixed (float* scores = _scores)
            MatMul.Execute(team, new(input, _router.Inputs), tokens, [_router.Into(scores)]);
        for (int t = 0; t < tokens; t++)
            Choose(_scores.AsSpan(t * experts, experts), _weights.AsSpan(t * experts, experts));
    }

    private void Choose(Span<float> scores, Span<float> weights)
    {
        weights.Clear();
        float maximum = TensorPrimitives.Max<float>(scores);
        double sum = 0, chosenSum = 0;
        for (int e = 0; e < scores.Length; e++)
            sum += Math.Exp(scores[e] - maximum);
        for (int c = 0; c < _spec.Chosen; c++)
        {
            int best = -1;
            for (int e = 0; e < scores.Length; e++)
                if (weights[e] == 0 && (best < 0 || scores[e] > scores[best]))
                    best = e;
            // A chosen expert keeps a weight above zero even where fp32 would round it away, so that it is not chosen twice.
            weights[best] = MathF.Max((float)Math.Exp(scores[best] - maximum), float.Epsilon);
            chosenSum += weights[best];
        }
        double divisor = _spec is RouterSpec.SoftmaxBeforeChoice ? sum : chosenSum;
        for (int e = 0; e < weights.Length; e++)
            weights[e] = weights[e] == 0 ? 0 : MathF.Max((float)(weights[e] / divisor), float.Epsilon);
    }

    private void Reserve(int tokens, int size)
    {
        if (_weights.Length < tokens * _experts.Length)
            (_scores, _weights) = (new float[Math.Max(tokens, tokens * _experts.Length)], new float[tokens * _experts.Length]);
        if (_gathered.Count < (long)tokens * size)
            (_gathered, _computed) = (new((long)tokens * size, Purpose), new((long)tokens * size, Purpose));
    }
}
