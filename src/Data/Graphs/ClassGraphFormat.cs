// The names in a class graph file.
using System.Globalization;

namespace XClassFlow.Data.Graphs;

/// <summary>See docs/graph-format.md.</summary>
internal static class ClassGraphFormat
{
    public const string Name = "xclassflow-class-graph";
    public const int Version = 1;
    public const int MaxK = 4096;
    public const string Column = "neighbours";
    public const string FormatKey = "format";
    public const string VersionKey = "format_version";
    public const string ClassesKey = "classes";
    public const string KKey = "k";
    public const string MethodKey = "method";
    public const string SeedKey = "seed";
    public const string RecallKey = "recall";
    public const string StepKey = "step";
    public const string ChecksumKey = "xxh3_64";

    public static Dictionary<string, string> Metadata(ClassGraphInfo info, string checksum)
    {
        var invariant = CultureInfo.InvariantCulture;
        var metadata = new Dictionary<string, string>
        {
            [FormatKey] = Name,
            [VersionKey] = Version.ToString(invariant),
            [ClassesKey] = info.Classes.ToString(invariant),
            [KKey] = info.K.ToString(invariant),
            [MethodKey] = info.Method,
            [SeedKey] = info.Seed.ToString(invariant),
            [ChecksumKey] = checksum,
        };
        if (info.Recall is { } recall)
        {
            metadata[RecallKey] = recall.ToString("R", invariant);
        }

        if (info.Step is { } step)
        {
            metadata[StepKey] = step.ToString(invariant);
        }

        return metadata;
    }
}
