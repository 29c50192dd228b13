using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Weft.Training.Logs;

/// <summary>
/// Meters and traces of every run in the process, under one name. OpenTelemetry takes them with <c>AddMeter(TrainingTelemetry.Name)</c> and
/// <c>AddSource(TrainingTelemetry.Name)</c>; without a listener they cost next to nothing.
/// </summary>
public static class TrainingTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Weft.Training";

    internal static Meter Meter { get; } = new(Name);

    /// <summary>Spans: run, evaluate, save.</summary>
    internal static ActivitySource Source { get; } = new(Name);
}
