using System.Text.Json.Serialization;

namespace Weft.Training.Runs;

/// <content>Where it is computed.</content>
public sealed partial record TrainingRecipe
{
    /// <summary>Where the model is kept and computed: cpu, cuda (the first CUDA device) or cuda:N.</summary>
    [JsonIgnore] // No part of a run's identity: a stopped run may go on on another device.
    public string Device { get; init; } = "cpu";
}

/// <summary>Checks that key, and hands it to a plan.</summary>
internal static class DeviceRecipe
{
    /// <summary>The key.</summary>
    public const string Key = "training.device";

    /// <summary>What it holds, as a regular expression.</summary>
    public const string Pattern = "^(cpu|cuda(:[0-9]+)?)$";

    /// <summary>Refuses what is no device, and fp16 on the processor; whether the device is there is another question.</summary>
    /// <exception cref="InvalidDataException">The message names the key.</exception>
    public static void Check(TrainingRecipe training)
    {
        RecipeCheck.Require(ComputeDevice.TryParse(training.Device, out ComputeDevice device), Key, training.Device, "give cpu, cuda or cuda:N, such as cuda:0");
        RecipeCheck.Require(device.IsCuda || training.Precision != Precision.Float16, "training.precision", training.Precision,
            $"the run computes on the processor, and fp16 needs a CUDA device; choose bfloat16 or float32, or {Key}: cuda");
    }

    /// <summary>Refuses a device that is not there.</summary>
    /// <exception cref="InvalidDataException">The message says what there is, and what to do.</exception>
    public static void RequireThere(Recipe recipe)
    {
        if (Of(recipe).FindProblem() is { } problem)
            throw new InvalidDataException($"{Key} is {recipe.Training.Device}; {problem}");
    }

    /// <summary>The device of a recipe that was checked.</summary>
    public static ComputeDevice Of(Recipe recipe) => ComputeDevice.TryParse(recipe.Training.Device, out ComputeDevice device) ? device
        : throw new InvalidOperationException($"{Key} was not checked");
}
