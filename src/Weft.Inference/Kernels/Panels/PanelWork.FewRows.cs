using System.Runtime.Intrinsics;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels.Panels;

// T tokens, I inputs.

/// <content>A few tokens by panels of 16 bits as they lie, where no assembled kernel is there for it.</content>
internal unsafe partial struct PanelWork
{
    /// <summary>Beyond, widening a panel into memory once costs less than doing so in registers for each pair of tokens.</summary>
    private const int MostTokensOfHalf = 8, MostTokensOfBFloat16 = 24;

    private readonly bool WidensInRegisters(in Projection projection) =>
        projection.Arithmetic == Arithmetic.Float32 && Inputs % 2 == 0 && projection.Type switch
        {
            ElementType.F16 => Tokens <= MostTokensOfHalf,
            ElementType.BF16 => Tokens <= MostTokensOfBFloat16,
            _ => false,
        };

    private readonly void MultiplyFew(in Projection projection, Block block)
    {
        if (Vector512.IsHardwareAccelerated)
            MultiplyFew<Lanes512, HalfLanes512, Vector512<float>>(projection, block);
        else if (Vector256.IsHardwareAccelerated)
            MultiplyFew<Lanes256, HalfLanes256, Vector256<float>>(projection, block);
        else
            MultiplyFew<Lanes128, HalfLanes128, Vector128<float>>(projection, block);
    }

    private readonly void MultiplyFew<TLanes, THalves, TVector>(in Projection projection, Block block)
        where TLanes : struct, ILanes<TVector>
        where THalves : struct, IHalfLanes<TVector>
        where TVector : unmanaged
    {
        if (projection.Type == ElementType.BF16)
            MultiplyFew<TLanes, BFloat16Weights<THalves, TVector>, BFloat16Weights<THalves, TVector>, TVector>(projection, block);
        else
            MultiplyFew<TLanes, FiniteHalfWeights<THalves, TVector>, HalfWeights<THalves, TVector>, TVector>(projection, block);
    }

    private readonly void MultiplyFew<TLanes, TWeights, TAnyWeights, TVector>(in Projection projection, Block block)
        where TLanes : struct, ILanes<TVector>
        where TWeights : struct, IHalfWeights<TVector>
        where TAnyWeights : struct, IHalfWeights<TVector>
        where TVector : unmanaged
    {
        const int Vectors = FewRowTile<TLanes, TWeights, TVector>.Vectors, MostRows = FewRowTile<TLanes, TWeights, TVector>.MostRows;
        int step = Vectors * TLanes.Count / PanelLayout.Width;
        float* sums = stackalloc float[MostRows * Vectors * TLanes.Count];
        for (int panel = block.Panel; panel < block.PanelEnd; panel += step)
        {
            int there = Math.Min(step, block.PanelEnd - panel);
            nint first = (nint)(projection.Panels + (panel * (nint)projection.PanelBytes)), panelStep = (nint)projection.PanelBytes;
            for (int token = block.Token, rows; token < block.TokenEnd; token += rows)
            {
                rows = Math.Min(MostRows, block.TokenEnd - token);
                var inputs = new FloatTile<TLanes, TVector>.Inputs((nint)(Input + ((nint)token * InputStep)), InputStep, Inputs);
                if (!FewRowTile<TLanes, TWeights, TVector>.Multiply(rows, inputs, new(first, panelStep, there), sums))
                    _ = FewRowTile<TLanes, TAnyWeights, TVector>.Multiply(rows, inputs, new(first, panelStep, there), sums);
                TileFinish.Execute(projection, sums, Vectors * TLanes.Count, new(token, rows, panel * PanelLayout.Width, there * PanelLayout.Width));
            }
        }
    }
}
