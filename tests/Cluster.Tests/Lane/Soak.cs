// Whether the long tests run, and how long they are.
using System.Globalization;

namespace XClassFlow.Cluster.Tests.Lane;

/// <summary>Set by the environment variable XCLASSFLOW_SOAK: 1 for a million of everything, a larger number for so many.</summary>
internal static class Soak
{
    private static readonly int Given = int.TryParse(Environment.GetEnvironmentVariable("XCLASSFLOW_SOAK"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 0;

    public static bool On => Given > 0;

    public static int Count(int normally) => Given switch
    {
        0 => normally,
        1 => 1_000_000,
        _ => Given,
    };
}
