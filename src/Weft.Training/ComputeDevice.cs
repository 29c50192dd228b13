using System.Globalization;

using Weft.Training.Native;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>Where a run computes: on the processor, or on one of the CUDA devices.</summary>
public readonly record struct ComputeDevice
{
    private const string CpuName = "cpu", CudaName = "cuda";

    /// <summary>One more than the index of a CUDA device; 0 for the processor.</summary>
    private readonly int _number;

    private ComputeDevice(int number) => _number = number;

    /// <summary>The processor.</summary>
    public static ComputeDevice Cpu => default;

    /// <summary>It is a CUDA device.</summary>
    public bool IsCuda => _number > 0;

    /// <summary>Of a CUDA device, among those that torch sees.</summary>
    /// <exception cref="InvalidOperationException">It is the processor.</exception>
    public int Index => IsCuda ? _number - 1 : throw new InvalidOperationException("the processor has no index");

    /// <summary>A CUDA device, whether it is there or not.</summary>
    public static ComputeDevice Cuda(int index = 0)
    {
        // Torch keeps the index in 8 bits.
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, sbyte.MaxValue);
        return new(index + 1);
    }

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> (the first device) or <c>cuda:N</c>.</summary>
    public static bool TryParse(string? text, out ComputeDevice device)
    {
        device = Cpu;
        if (text == CpuName)
            return true;
        int index = 0;
        bool isCuda = text == CudaName || (text?.StartsWith(CudaName + ":", StringComparison.Ordinal) == true
            && int.TryParse(text.AsSpan(CudaName.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index) && index <= sbyte.MaxValue);
        if (isCuda)
            device = Cuda(index);
        return isCuda;
    }

    /// <summary>What <see cref="TryParse"/> reads.</summary>
    public override string ToString() => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"{CudaName}:{Index}") : CpuName;

    /// <summary>Why the device cannot be used here, and what to do about it; null where it can.</summary>
    internal string? FindProblem() => IsCuda ? FindProblem(NativeTorch.CountCudaDevices(), NativeTorch.HasCudaBuild) : null;

    /// <summary>The same, of what torch says.</summary>
    /// <param name="devices">CUDA devices.</param>
    /// <param name="hasCudaBuild">Libtorch is a build for CUDA.</param>
    internal string? FindProblem(int devices, bool hasCudaBuild)
    {
        if (!IsCuda || Index < devices)
            return null;
        if (devices > 0)
            return string.Create(CultureInfo.InvariantCulture, $"there {(devices == 1 ? "is 1 CUDA device" : $"are {devices} CUDA devices")}; give {(devices == 1 ? "cuda:0" : $"cuda:0 to cuda:{devices - 1}")}");
        return hasCudaBuild
            ? $"libtorch is built for CUDA {NativeTorch.CudaVersion}, but finds no device; install NVIDIA's driver for that version, and see with nvidia-smi and in CUDA_VISIBLE_DEVICES what torch sees"
            : $"this libtorch computes on the processor alone; {NativeTorch.CudaRemedy}";
    }

    /// <summary>Torch means the same; it has no equality of its own, and leaves the index of the first device open.</summary>
    internal bool Is(Device device) => IsCuda
        ? device.type == TorchSharp.DeviceType.CUDA && Math.Max(0, device.index) == Index
        : device.type == TorchSharp.DeviceType.CPU;

    internal Device ToTorch()
    {
        // Torch's own first look for its library says less where it fails.
        NativeTorch.Load();
        return IsCuda ? new(TorchSharp.DeviceType.CUDA, Index) : CPU;
    }
}
