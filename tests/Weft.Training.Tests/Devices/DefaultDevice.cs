using Weft.Training.Native;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Devices;

/// <summary>
/// Makes torch's meta device, whose tensors have no numbers, that of every tensor that is made without a device. A model says that it is on the processor: where code forgets to ask it,
/// its tensor meets those of the model on another device, as it would beside a model on CUDA, and torch throws, or the result is no number that can be read.
/// </summary>
internal sealed class DefaultDevice : IDisposable
{
    private DefaultDevice() => set_default_device(Meta);

    public static Device Meta { get; } = new(TorchSharp.DeviceType.META);

    public static DefaultDevice OfNoNumbers()
    {
        NativeTorch.Load();
        return new();
    }

    public void Dispose() => set_default_device(CPU);
}
