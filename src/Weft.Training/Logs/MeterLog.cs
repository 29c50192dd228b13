using System.Diagnostics.Metrics;

namespace Weft.Training.Logs;

/// <summary>Passes the numbers of each step to the instruments of <see cref="TrainingTelemetry"/>. Numbers that are not finite are left out.</summary>
public sealed class MeterLog : IRunLog
{
    private static readonly Counter<long> Steps = TrainingTelemetry.Meter.CreateCounter<long>("weft.training.steps", "{step}", "Optimizer updates");
    private static readonly Counter<long> Tokens = TrainingTelemetry.Meter.CreateCounter<long>("weft.training.tokens", "{token}", "Tokens seen");
    private static readonly Gauge<double> Loss = TrainingTelemetry.Meter.CreateGauge<double>("weft.training.loss", "nat", "Mean loss of a step");
    private static readonly Gauge<double> ValidationLoss = TrainingTelemetry.Meter.CreateGauge<double>("weft.training.validation_loss", "nat", "Mean validation loss");
    private static readonly Gauge<double> LearningRate = TrainingTelemetry.Meter.CreateGauge<double>("weft.training.learning_rate", null, "Learning rate");
    private static readonly Gauge<double> GradientNorm = TrainingTelemetry.Meter.CreateGauge<double>("weft.training.gradient_norm", null, "Norm before clipping");
    private static readonly Gauge<double> Speed = TrainingTelemetry.Meter.CreateGauge<double>("weft.training.tokens_per_second", "{token}/s", "Speed of training");
    private static readonly Histogram<double> StepDuration = TrainingTelemetry.Meter.CreateHistogram<double>("weft.training.step.duration", "s", "Duration of a step");
    private static readonly Histogram<double> DataDuration = TrainingTelemetry.Meter.CreateHistogram<double>("weft.training.data.duration", "s", "Time a step waited for data");

    /// <inheritdoc/>
    public string Name => TrainingTelemetry.Name;

    /// <summary>Instruments count what this process does: steps of earlier parts are not told again.</summary>
    public int KeepUntil(int lastStep) => lastStep;

    /// <inheritdoc/>
    public void Write(RunMetrics metrics)
    {
        Steps.Add(1);
        Tokens.Add(metrics.StepTokens);
        Record(Loss, metrics.Loss);
        Record(ValidationLoss, metrics.ValidationLoss);
        Record(LearningRate, metrics.LearningRate);
        Record(GradientNorm, metrics.GradientNorm);
        Record(Speed, metrics.TokensPerSecond);
        StepDuration.Record(metrics.StepSeconds);
        if (metrics.DataSeconds is { } data)
            DataDuration.Record(data);
    }

    /// <summary>The instruments are the process's and stay.</summary>
    public void Dispose()
    {
    }

    private static void Record(Gauge<double> gauge, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            gauge.Record(number);
    }
}
