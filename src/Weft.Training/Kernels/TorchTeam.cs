using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Weft.Inference.Threading;

using static TorchSharp.torch;

namespace Weft.Training.Kernels;

/// <summary>The threads of kernels of our own between torch's operators: as many as torch's.</summary>
internal static unsafe class TorchTeam
{
    /// <summary>Torch's threads want the processors as soon as the kernel is done.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 50_000;

    private static readonly Lock Gate = new();
    private static Team? _team;

    /// <summary>Runs one kernel at a time.</summary>
    public static void Run(Action<Team> kernel)
    {
        lock (Gate)
        {
            int threads = get_num_threads();
            if (_team?.Threads != threads)
            {
                _team?.Dispose();
                _team = new(threads, spinTicks: SpinTicks);
            }
            kernel(_team);
        }
    }

    /// <summary>The first number of a tensor whose numbers lie together, valid while the tensor lives.</summary>
    public static byte* Data(Tensor tensor) => tensor.is_contiguous()
        ? (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes))
        : throw new ArgumentException("the numbers of a tensor do not lie together");
}
