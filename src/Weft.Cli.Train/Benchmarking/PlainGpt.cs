using TorchSharp.Modules;

using static TorchSharp.torch;

namespace Weft.Cli.Train.Benchmarking;

/// <summary>
/// A GPT-2 as one would write it first: torch's own modules in fp32, all logits at once, torch's AdamW. The trainer is measured against it.
/// Legend: B windows, T tokens, D hidden, H heads, V vocabulary.
/// </summary>
internal sealed class PlainGpt : nn.Module<Tensor, Tensor>
{
    private readonly Embedding _tokens;
    private readonly Embedding _positions;
    private readonly ModuleList<PlainBlock> _blocks;
    private readonly LayerNorm _norm;

    public PlainGpt(TrainingShape shape)
        : base(nameof(PlainGpt))
    {
        _tokens = nn.Embedding(shape.Vocabulary, TrainingShape.Width);
        _positions = nn.Embedding(TrainingShape.Context, TrainingShape.Width);
        _blocks = [.. Enumerable.Range(0, TrainingShape.Layers).Select(_ => new PlainBlock(TrainingShape.Width, TrainingShape.Heads))];
        _norm = nn.LayerNorm(TrainingShape.Width);
        RegisterComponents();
        // GPT-2 begins small, or the loss of the first steps, and so their numbers, would be out of the common.
        using var _ = no_grad();
        foreach (Parameter parameter in parameters().Where(parameter => parameter.dim() == 2))
            nn.init.normal_(parameter, 0, 0.02);
    }

    /// <summary>[B, T] ids to [B, T, V] logits; the projection is the table of tokens.</summary>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        Tensor x = _tokens.forward(ids) + _positions.forward(arange(ids.shape[1], ScalarType.Int64));
        foreach (PlainBlock block in _blocks)
            x = block.forward(x);
        return nn.functional.linear(_norm.forward(x), _tokens.weight!).MoveToOuterDisposeScope();
    }

    private sealed class PlainBlock : nn.Module<Tensor, Tensor>
    {
        private readonly int _heads;
        private readonly LayerNorm _attentionNorm;
        private readonly TorchSharp.Modules.Linear _input;
        private readonly TorchSharp.Modules.Linear _output;
        private readonly LayerNorm _feedForwardNorm;
        private readonly TorchSharp.Modules.Linear _up;
        private readonly TorchSharp.Modules.Linear _down;

        public PlainBlock(int width, int heads)
            : base(nameof(PlainBlock))
        {
            _heads = heads;
            _attentionNorm = nn.LayerNorm(width);
            _input = nn.Linear(width, 3 * width);
            _output = nn.Linear(width, width);
            _feedForwardNorm = nn.LayerNorm(width);
            _up = nn.Linear(width, 4 * width);
            _down = nn.Linear(4 * width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            (long batch, long length, long width) = (x.shape[0], x.shape[1], x.shape[2]);
            Tensor[] parts = _input.forward(_attentionNorm.forward(x)).view(batch, length, 3 * _heads, width / _heads).transpose(1, 2).split(_heads, 1);
            Tensor mixed = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
            x = x + _output.forward(mixed.transpose(1, 2).reshape(batch, length, width));
            Tensor inner = nn.functional.gelu(_up.forward(_feedForwardNorm.forward(x)), approximate: GELU.Approximate.tanh);
            return (x + _down.forward(inner)).MoveToOuterDisposeScope();
        }
    }
}
