// Chooses between one hop and two for a segment of the gradient.
namespace XClassFlow.Stages.Training;

/// <summary>
/// Looks at nothing but R and a segment's length, so that all ranks choose alike without a word. One hop saves a message, which counts only where no other piece is on its way meanwhile; it costs
/// (R - 1)(R - 2) / R n values more on the line, none with two ranks, and every rank reads and sums all values instead of its part.
/// </summary>
internal static class AllReduceRule
{
    /// <summary>Bytes more on a rank's line that are worth a message less: what a line of 1 Gb/s carries in 130 microseconds, about what a message takes over it.</summary>
    public const long BytesForAMessage = 16 * 1024;

    /// <summary>Values of the longest segment: more travels in several pieces, and they hide each other's messages.</summary>
    public const long LongestValues = GradientExchange.DefaultPartValues;

    /// <summary>Whether a segment is reduced in one hop.</summary>
    /// <param name="way">What was asked for.</param>
    /// <param name="ranks">R.</param>
    /// <param name="values">n, values of the segment.</param>
    public static bool TakesOneHop(AllReduceWay way, int ranks, long values) => way switch
    {
        AllReduceWay.OneHop => true,
        AllReduceWay.TwoHops => false,
        _ => values <= LongestValues && (ranks - 1L) * (ranks - 2) * values * sizeof(float) <= BytesForAMessage * ranks,
    };
}
