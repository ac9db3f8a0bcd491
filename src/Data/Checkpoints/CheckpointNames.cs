// The names inside a directory of checkpoints.
using System.Globalization;
using System.Security.Cryptography;

namespace XClassFlow.Data.Checkpoints;

/// <summary>step-000000123 is a whole checkpoint; whatever starts with a dot is not.</summary>
internal static class CheckpointNames
{
    public const string Latest = "latest";
    public const string Lock = ".lock";
    public const string PartialSuffix = ".partial";
    public const string RemovedSuffix = ".removed";
    public const string ReplacedSuffix = ".replaced";
    private const string Prefix = "step-";

    public static string Step(long step) => Prefix + step.ToString("D9", CultureInfo.InvariantCulture);

    /// <summary>A name for a checkpoint in the making that no other attempt has, of this step or another: who still writes into an older attempt misses the newer one.</summary>
    public static string NewPartial(long step) => $".{Step(step)}.{Unique()}{PartialSuffix}";

    /// <summary>Whether a text is a name that <see cref="NewPartial"/> may have given, and so no way out of the directory.</summary>
    public static bool IsPartial(string name) =>
        name.StartsWith($".{Prefix}", StringComparison.Ordinal)
        && name.EndsWith(PartialSuffix, StringComparison.Ordinal)
        && name.AsSpan().IndexOfAny("/\\:\0") < 0;

    /// <summary>A free name for what is about to be deleted.</summary>
    public static string Removed(string name) => $".{name.TrimStart('.')}.{Unique()}{RemovedSuffix}";

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

    private static string Unique() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
}
