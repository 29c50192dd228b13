using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Assembled;

/// <summary>
/// Kernels with instructions that .NET has no intrinsics for, written into executable memory when they are first asked for. Where the processor lacks
/// them or the system refuses such memory there are none, and portable ones do the work.
/// </summary>
internal static class AssembledKernels
{
    private static readonly Lock Writing = new();
    private static readonly nint[] Codes = new nint[4 * (RowPacking.CodeTileRows + 1)];
    private static readonly nint[] PackedCodes = new nint[((int)ElementType.Q6_K + 1) * (PackedCodeTile.MostRows + 1)];
    private static readonly nint[] Rows = new nint[2 * ((int)ElementType.BF16 + 1) * (RowPacking.TileRows + 1)];
    private static bool _refused;

    /// <summary>The processor multiplies bytes in vectors of 512 bits (AVX512-VNNI).</summary>
    public static bool HasCodes { get; } = HasBit(subleaf: 0, ecx: true, bit: 11);

    /// <summary>The processor multiplies bf16 in vectors of 512 bits (AVX512-BF16).</summary>
    public static bool HasBFloat16 { get; } = HasBit(subleaf: 1, ecx: false, bit: 5);

    private static bool HasFloats { get; } = InstructionTiers.Allows(InstructionTier.Assembled) && Avx512F.IsSupported;

    /// <summary>The system refused executable memory.</summary>
    public static bool Refused => Volatile.Read(ref _refused);

    /// <summary>What a user should know about kernels that cannot be used though the processor has the instructions; null where there is nothing.</summary>
    public static string? Problem()
    {
        // The system is asked with the first kernel.
        _ = Row(1, ElementType.F32);
        return !Refused ? null : "the system refuses memory that is executed, so that slower kernels do the work, and BF16 weights are multiplied in fp32; "
            + "allow the process such memory for full speed (SELinux: execmem; systemd: MemoryDenyWriteExecute=no)";
    }

    /// <summary>The kernel of <see cref="CodeTile"/>, or 0.</summary>
    public static nint Code(int rows, CodeBlock form) => !HasCodes || rows > RowPacking.CodeTileRows ? 0 : Find(
        ref Codes[(((form.Splits ? 2 : 0) + (form.HasMinima ? 1 : 0)) * (RowPacking.CodeTileRows + 1)) + rows], (rows, form), static key => CodeTile.Write(key.rows, key.form));

    /// <summary>The kernel of <see cref="PackedCodeTile"/>, or 0.</summary>
    public static nint PackedCode(int rows, ElementType type) => !HasCodes || rows > PackedCodeTile.MostRows ? 0 : Find(
        ref PackedCodes[((int)type * (PackedCodeTile.MostRows + 1)) + rows], (rows, type), static key => new PackedCodeTile(key.rows, key.type).Write());

    /// <summary>The kernel of <see cref="RowTile"/> for F32, F16 or BF16, or 0.</summary>
    public static nint Row(int rows, ElementType type, int panels = 2) => !(type == ElementType.BF16 ? HasBFloat16 : HasFloats) ? 0 : Find(
        ref Rows[((((int)type * 2) + panels - 1) * (RowPacking.TileRows + 1)) + rows], (rows, type, panels), static key => new RowTile(key.rows, key.type, key.panels).Write());

    private static nint Find<TKey>(ref nint place, TKey key, Func<TKey, Assembler> write)
    {
        nint kernel = Volatile.Read(ref place);
        if (kernel != 0 || Refused)
            return kernel;
        lock (Writing)
        {
            if (place == 0 && !_refused)
            {
                nint written = ExecutableMemory.Place(write(key));
                if (written == 0)
                    Volatile.Write(ref _refused, true);
                Volatile.Write(ref place, written);
            }
            return place;
        }
    }

    /// <summary>A bit of leaf 7, where the system also keeps the registers of AVX-512.</summary>
    private static bool HasBit(int subleaf, bool ecx, int bit)
    {
        if (!InstructionTiers.Allows(InstructionTier.Assembled) || !Avx512F.IsSupported || !Avx512BW.IsSupported)
            return false;
        if (subleaf > 0 && X86Base.CpuId(7, 0).Eax < subleaf)
            return false;
        (int eax, _, int third, _) = X86Base.CpuId(7, subleaf);
        return (((ecx ? third : eax) >> bit) & 1) != 0;
    }
}
