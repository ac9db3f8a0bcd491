// The names inside a directory of checkpoints.
using System.Globalization;

namespace XClassFlow.Data.Checkpoints;

/// <summary>step-000000123 is a whole checkpoint; whatever starts with a dot is not.</summary>
internal static class CheckpointNames
{
    public const string Latest = "latest";
    public const string Lock = ".lock";
    public const string PartialSuffix = ".partial";
    public const string ReplacedSuffix = ".replaced";
    private const string Prefix = "step-";

    public static string Step(long step) => Prefix + step.ToString("D9", CultureInfo.InvariantCulture);

    public static string Partial(long step) => $".{Step(step)}{PartialSuffix}";

    /// <summary>Where an older checkpoint of the same step waits while the new one takes its name.</summary>
    public static string Replaced(long step) => $".{Step(step)}{ReplacedSuffix}";

    /// <summary>The step of a name such as step-000000123; null where it is something else.</summary>
    public static long? ParseStep(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && Step(step) == name
            ? step
            : null;

    /// <summary>A plain file name: no folders, not hidden, not the manifest.</summary>
    public static bool IsFile(string? name) =>
        !string.IsNullOrEmpty(name)
        && name[0] != '.'
        && name.AsSpan().IndexOfAny("/\\:\0") < 0
        && name != CheckpointManifest.FileName;
}
