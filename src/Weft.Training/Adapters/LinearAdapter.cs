using System.Collections.Immutable;

using TorchSharp;

using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

using Parameter = TorchSharp.Modules.Parameter;

namespace Weft.Training.Adapters;

/// <summary>
/// What is trained beside a frozen weight, whose rows are one or several projections: for each adapted one a pair A, B, and in DoRA a length for each row.
/// Legend: N tokens, I inputs, O outputs of all projections, R rank, K adapted projections.
/// </summary>
internal sealed class LinearAdapter
{
    /// <summary>Of a row of zeros, which has no direction and stays one.</summary>
    private const double SmallestLength = 1e-30;

    private readonly ILinearWeight _weight;
    private readonly AdapterOptions _options;

    /// <summary>Which of the adapted projections each one is; -1 of the others.</summary>
    private readonly int[] _places;

    /// <summary>[K·R, I].</summary>
    private readonly TrainableParameter _down;

    /// <summary>[outputs of the adapted ones, R].</summary>
    private readonly TrainableParameter _up;

    /// <summary>[outputs of the adapted ones]; null of plain LoRA.</summary>
    private readonly TrainableParameter? _magnitude;

    /// <param name="weight">The frozen weight.</param>
    /// <param name="options">What is adapted, and how.</param>
    /// <param name="random">Draws A: uniform below one over the root of I, as PEFT does (Kaiming's with a slope of √5). B begins with zeros.</param>
    /// <param name="device">Where the weight is.</param>
    public LinearAdapter(ILinearWeight weight, AdapterOptions options, Generator random, Device device)
    {
        (_weight, _options) = (weight, options);
        ImmutableArray<ParameterSpec> adapted = [.. weight.Parts.Where(options.IsAdapted)];
        _places = [.. weight.Parts.Select(part => options.IsAdapted(part) ? adapted.IndexOf(part) : -1)];
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        double bound = 1 / Math.Sqrt(adapted[0].Shape[1]);
        Tensor down = rand([adapted.Length * options.Rank, adapted[0].Shape[1]], device: CPU, generator: random).TimesInPlace(2 * bound).PlusInPlace(-bound);
        _down = Trained(down, [.. adapted.Select(part => AdapterParameters.Down(part, options.Rank))]);
        _up = Trained(zeros([adapted.Sum(part => part.Shape[0]), options.Rank], device: CPU), [.. adapted.Select(part => AdapterParameters.Up(part, options.Rank))]);
        if (options.Kind == AdapterKind.Dora)
        {
            _magnitude = Trained(zeros(_up.Tensor.shape[0], device: CPU), [.. adapted.Select(AdapterParameters.Magnitude)]);
            for (int part = 0; part < _places.Length; part++)
                Begin(part);
        }

        TrainableParameter Trained(Tensor values, ImmutableArray<ParameterSpec> parts) =>
            new(parts[0].Name, new Parameter(values.to(device).DetachFromDisposeScope(), requires_grad: true), parts);
    }

    /// <summary>The projections.</summary>
    public ImmutableArray<ParameterSpec> Parts => _weight.Parts;

    /// <summary>What is trained.</summary>
    public IEnumerable<TrainableParameter> Trained => _magnitude is null ? [_down, _up] : [_down, _up, _magnitude];

    /// <summary>The projection with this index is adapted.</summary>
    public bool Adapts(int part) => _places[part] >= 0;

    /// <summary>[..., I] to [..., O], computed in the type of <paramref name="x"/>.</summary>
    /// <param name="x">What is projected.</param>
    /// <param name="bias">[O]; null for none.</param>
    /// <param name="dropout">Of what A reads, one mask for all projections that read the same; null for none.</param>
    public Tensor Forward(Tensor x, Tensor? bias, Dropout? dropout)
    {
        ScalarType type = x.dtype;
        long inputs = x.shape[^1];
        using Tensor low = nn.functional.linear((dropout?.Apply(x) ?? x).reshape(-1, inputs), _down.Tensor.to(type)); // [N, K·R]
        Tensor y = _weight.Project(x.reshape(-1, inputs), _magnitude is null ? bias : null); // [N, O]
        // In place, since no product keeps what it gave.
        y.addmm_(low, Up(type).t());
        if (_magnitude is not null)
        {
            // As a change, which narrow types hold better than a factor next to 1.
            Tensor change = Factors(AttentionFunction.Wide(x)).Plus(-1).to(type);
            using Scalar one = 1.0;
            using Tensor directions = y;
            y = y.addcmul(y, change, one);
            y = bias is null ? y : y.PlusInPlace(bias);
        }
        return y.view([.. x.shape[..^1], y.shape[1]]);
    }

    /// <summary>The numbers of a projection with its adapter, W + scale · B·A with its lengths, [rows, I] row by row.</summary>
    public float[] ReadMerged(int part)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor directions = Directions(part, ScalarType.Float64);
        if (_magnitude is not null)
            directions = directions * (_magnitude.Rows(_places[part]).to(ScalarType.Float64) / Lengths(directions)).unsqueeze(1);
        return directions.to(ScalarType.Float32).contiguous().cpu().data<float>().ToArray();
    }

    /// <summary>A and B of an adapted projection.</summary>
    public (float[] A, float[] B) ReadPair(int part) => (_down.ReadRows(_places[part]), _up.ReadRows(_places[part]));

    /// <summary>The lengths of a projection's rows: the trained ones, or of a projection that is not adapted those that its rows have.</summary>
    public float[] ReadLengths(int part)
    {
        if (Adapts(part))
            return _magnitude!.ReadRows(_places[part]);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return Lengths(_weight.Rows(part, ScalarType.Float64)).to(ScalarType.Float32).cpu().data<float>().ToArray();
    }

    /// <summary>Tells that a projection's frozen weight was set: the lengths begin with those of its rows.</summary>
    public void Begin(int part)
    {
        if (_magnitude is null || !Adapts(part))
            return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _magnitude.Rows(_places[part]).copy_(Lengths(_weight.Rows(part, ScalarType.Float64)));
    }

    /// <summary>scale · B of each projection, in the columns that meet its A, [O, K·R]: one product instead of K.</summary>
    private Tensor Up(ScalarType type)
    {
        Tensor scaled = _up.Tensor.to(AttentionFunction.Wide(type)).Times(_options.Scale).to(type);
        int adapted = _down.Parts.Length;
        if (adapted == 1 && _places.Length == 1)
            return scaled;
        long rank = _options.Rank, first = 0;
        var rows = new List<Tensor>();
        foreach ((ParameterSpec part, int place) in Parts.Zip(_places))
        {
            Tensor Zeros(long columns) => zeros([part.Shape[0], columns], scaled.dtype, scaled.device);
            if (place < 0)
            {
                rows.Add(Zeros(adapted * rank));
                continue;
            }
            rows.Add(cat([Zeros(place * rank), scaled.narrow(0, first, part.Shape[0]), Zeros((adapted - 1 - place) * rank)], 1));
            first += part.Shape[0];
        }
        return cat(rows, 0);
    }

    /// <summary>
    /// The trained length of each row over that of W + scale · B·A, [O], and 1 of projections that are not adapted. The length below has no gradient (section 4.3 of the paper), as in PEFT.
    /// </summary>
    private Tensor Factors(ScalarType type) => cat([.. _places.Select((place, part) =>
    {
        if (place < 0)
            return ones(Parts[part].Shape[0], type, _up.Tensor.device);
        Tensor lengths;
        using (no_grad())
        using (var scope = NewDisposeScope())
            lengths = Lengths(Directions(part, type)).MoveToOuterDisposeScope();
        return _magnitude!.Rows(place).to(type) / lengths;
    })], 0);

    /// <summary>W + scale · B·A, [rows, I].</summary>
    private Tensor Directions(int part, ScalarType type)
    {
        int place = _places[part];
        return _weight.Rows(part, type).addmm(_up.Rows(place).to(type).Times(_options.Scale), _down.Rows(place).to(type));
    }

    private static Tensor Lengths(Tensor rows)
    {
        using Scalar least = SmallestLength;
        return rows.square().sum(1).sqrt().clamp_min(least);
    }
}
