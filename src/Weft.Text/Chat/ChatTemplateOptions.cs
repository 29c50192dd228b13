namespace Weft.Text.Chat;

/// <summary>What a template may use up, and its clock. A template is somebody else's program, so everything has a limit.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>Evaluated expressions, executed statements and items; long texts count by the piece. Default 10 million, a few seconds.</summary>
    public long MaxSteps { get; init; } = 10_000_000;

    /// <summary>UTF-16 units of the rendering. Default 2^25.</summary>
    public int MaxOutputLength { get; init; } = 1 << 25;

    /// <summary>UTF-16 units of any text on the way. Default 2^25.</summary>
    public int MaxTextLength { get; init; } = 1 << 25;

    /// <summary>Expressions and statements inside each other, through calls of macros too. Default 1000.</summary>
    public int MaxDepth { get; init; } = 1000;

    /// <summary>What <c>strftime_now</c> reads; the local time of this clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
