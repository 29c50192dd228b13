using System.Globalization;
using System.Runtime.Serialization;

namespace Weft.Training.Runs;

/// <summary>
/// Which optimizer, and what only some of them have; what is left out is the optimizer's usual. Rates, betas and weight decay stand beside it
/// in <see cref="TrainingRecipe"/>.
/// </summary>
public sealed record OptimizerRecipe
{
    /// <summary>Which one.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    /// <summary>Tables of embeddings decay too.</summary>
    public bool DecayEmbeddings { get; init; } = true;

    /// <summary>Added to the root of the second moment (adamw, adam, adagrad).</summary>
    public double? Epsilon { get; init; }

    /// <summary>Decay of the momentum (sgd, muon).</summary>
    public double? Momentum { get; init; }

    /// <summary>Looks ahead along the momentum (sgd, muon).</summary>
    public bool? Nesterov { get; init; }

    /// <summary>Share of a new gradient that the momentum does not take (sgd).</summary>
    public double? Dampening { get; init; }

    /// <summary>The rate of step t is divided by 1 + t·decay (adagrad).</summary>
    public double? RateDecay { get; init; }

    /// <summary>The rate is held below one over the root of the steps (adafactor).</summary>
    public bool? RelativeStep { get; init; }

    /// <summary>Rates are relative to each parameter's size (adafactor).</summary>
    public bool? ScaleByParameter { get; init; }

    /// <summary>Largest root mean square of an update (adafactor).</summary>
    public double? UpdateClip { get; init; }

    /// <summary>Length of a matrix's step (muon).</summary>
    public MuonScale? Scale { get; init; }

    /// <summary>Newton–Schulz iterations (muon).</summary>
    public int? Iterations { get; init; }

    /// <summary>Rate of embeddings, heads and vectors, as a multiple of the rate (muon).</summary>
    public double? OthersRate { get; init; }

    private string Name => Kind.ToString().ToLowerInvariant();

    /// <summary>Refuses impossible values, and those that the optimizer has no use for.</summary>
    internal void Check(TrainingRecipe training)
    {
        const OptimizerKind AdamW = OptimizerKind.AdamW, Adam = OptimizerKind.Adam, Sgd = OptimizerKind.Sgd, Adagrad = OptimizerKind.Adagrad,
            Adafactor = OptimizerKind.Adafactor, Lion = OptimizerKind.Lion, Muon = OptimizerKind.Muon;
        Key("beta1", training.Beta1, training.Beta1 is >= 0 and < 1, "give 0 to below 1", AdamW, Adam, Lion, Muon);
        Key("beta2", training.Beta2, training.Beta2 is >= 0 and < 1, "give 0 to below 1", AdamW, Adam, Lion, Muon);
        Key("optimizer.epsilon", Epsilon, Epsilon is > 0 and < 1, "give a little more than 0", AdamW, Adam, Adagrad);
        Key("optimizer.momentum", Momentum, Momentum is >= 0 and < 1, "give 0 to below 1", Sgd, Muon);
        Key("optimizer.dampening", Dampening, Dampening is >= 0 and < 1, "give 0 to below 1", Sgd);
        Key("optimizer.nesterov", Nesterov, Kind == Muon || Nesterov == false || (Momentum is null or > 0 && Dampening is null or 0),
            "it needs a momentum above 0 and no dampening", Sgd, Muon);
        Key("optimizer.rate-decay", RateDecay, RateDecay is >= 0, "give 0 or more", Adagrad);
        Key("optimizer.relative-step", RelativeStep, true, "", Adafactor);
        Key("optimizer.scale-by-parameter", ScaleByParameter, true, "", Adafactor);
        Key("optimizer.update-clip", UpdateClip, UpdateClip is > 0, "give a positive root mean square", Adafactor);
        Key("optimizer.scale", Scale, true, "", Muon);
        Key("optimizer.iterations", Iterations, Iterations is >= 1 and <= 20, "give 1 to 20", Muon);
        Key("optimizer.others-rate", OthersRate, OthersRate is > 0, "give a positive multiple", Muon);

        void Key(string name, object? value, bool valid, string remedy, params OptimizerKind[] kinds)
        {
            if (value is null)
                return;
            RecipeCheck.Require(kinds.Contains(Kind), $"training.{name}", value, $"the optimizer {Name} has none; leave it out");
            RecipeCheck.Require(valid, $"training.{name}", value, remedy);
        }
    }

    /// <summary>Fills in the highest rate, betas and weight decay.</summary>
    /// <param name="training">Whose.</param>
    /// <param name="adamWRate">AdamW's rate for the model.</param>
    /// <param name="fromSize">Where it comes from.</param>
    /// <param name="log">Receives what was derived.</param>
    internal TrainingRecipe Resolve(TrainingRecipe training, double adamWRate, string fromSize, List<DerivedSetting> log)
    {
        (double rate, string reason) = UsualRate(adamWRate, fromSize);
        string usual = $"usual for {Name}";
        OptimizerOptions options = ToOptions(training);
        (double? beta1, double? beta2) = options switch
        {
            AdamWOptions o => (o.Beta1, o.Beta2),
            AdamOptions o => (o.Beta1, o.Beta2),
            LionOptions o => (o.Beta1, o.Beta2),
            MuonOptions o => (o.Others.Beta1, o.Others.Beta2),
            _ => ((double?)null, (double?)null),
        };
        return training with
        {
            LearningRate = Or(training.LearningRate, rate, "learning-rate", reason),
            Beta1 = Or(training.Beta1, beta1, "beta1", usual),
            Beta2 = Or(training.Beta2, beta2, "beta2", usual),
            WeightDecay = Or(training.WeightDecay, options.WeightDecay, "weight-decay", usual),
        };

        double? Or(double? given, double? derived, string name, string why)
        {
            if (given is null && derived is { } value)
                log.Add(new($"training.{name}", value.ToString(CultureInfo.InvariantCulture), why));
            return given ?? derived;
        }
    }

    /// <summary>The optimizer's constants.</summary>
    internal OptimizerOptions ToOptions(TrainingRecipe training)
    {
        OptimizerOptions options = Kind switch
        {
            OptimizerKind.AdamW => AdamW(training),
            OptimizerKind.Adam => Adam(training, new()),
            OptimizerKind.Sgd => Sgd(new()),
            OptimizerKind.Adagrad => Adagrad(new()),
            OptimizerKind.Adafactor => Adafactor(new()),
            OptimizerKind.Lion => Lion(training, new()),
            OptimizerKind.Muon => Muon(training, new()),
            _ => throw new NotSupportedException($"optimizer {Kind} has no constants"),
        };
        return options with { WeightDecay = training.WeightDecay ?? options.WeightDecay, DecaysEmbeddings = DecayEmbeddings };
    }

    private (double Rate, string Reason) UsualRate(double adamWRate, string fromSize) => Kind switch
    {
        // In decimal, so that a fifth of 0.003 prints as 0.0006.
        OptimizerKind.Lion => ((double)((decimal)adamWRate / 5), "a fifth of AdamW's, since its steps are signs"),
        OptimizerKind.Sgd => (0.1, "usual for sgd"),
        OptimizerKind.Adagrad => (0.01, "usual for adagrad"),
        OptimizerKind.Adafactor when ScaleByParameter != false => (0.01, "relative to each parameter, as in the paper"),
        OptimizerKind.Muon when Scale == MuonScale.Spectral => (0.02, "usual for muon in the spectral scale"),
        _ => (adamWRate, fromSize),
    };

    private AdamWOptions AdamW(TrainingRecipe training)
    {
        var usual = new AdamWOptions();
        return usual with { Beta1 = training.Beta1 ?? usual.Beta1, Beta2 = training.Beta2 ?? usual.Beta2, Epsilon = Epsilon ?? usual.Epsilon };
    }

    private AdamOptions Adam(TrainingRecipe training, AdamOptions usual) => usual with
    {
        Beta1 = training.Beta1 ?? usual.Beta1,
        Beta2 = training.Beta2 ?? usual.Beta2,
        Epsilon = Epsilon ?? usual.Epsilon,
    };

    private SgdOptions Sgd(SgdOptions usual) => usual with
    {
        Momentum = Momentum ?? usual.Momentum,
        Dampening = Dampening ?? usual.Dampening,
        Nesterov = Nesterov ?? usual.Nesterov,
    };

    private AdagradOptions Adagrad(AdagradOptions usual) => usual with { RateDecay = RateDecay ?? usual.RateDecay, Epsilon = Epsilon ?? usual.Epsilon };

    private AdafactorOptions Adafactor(AdafactorOptions usual) => usual with
    {
        RelativeStep = RelativeStep ?? usual.RelativeStep,
        ScalesByParameter = ScaleByParameter ?? usual.ScalesByParameter,
        UpdateClip = UpdateClip ?? usual.UpdateClip,
    };

    private static LionOptions Lion(TrainingRecipe training, LionOptions usual) =>
        usual with { Beta1 = training.Beta1 ?? usual.Beta1, Beta2 = training.Beta2 ?? usual.Beta2 };

    private MuonOptions Muon(TrainingRecipe training, MuonOptions usual) => usual with
    {
        Momentum = Momentum ?? usual.Momentum,
        Nesterov = Nesterov ?? usual.Nesterov,
        Iterations = Iterations ?? usual.Iterations,
        Scale = Scale ?? usual.Scale,
        Others = AdamW(training),
        OthersRate = OthersRate ?? usual.OthersRate,
    };
}

/// <summary>Optimizers that a recipe can name.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled decay.</summary>
    [EnumMember(Value = "adamw")]
    AdamW,

    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,

    /// <summary>Adagrad.</summary>
    Adagrad,

    /// <summary>Adafactor: next to no state.</summary>
    Adafactor,

    /// <summary>Lion: half of AdamW's state.</summary>
    Lion,

    /// <summary>Muon for hidden matrices, AdamW for the rest.</summary>
    Muon,
}
