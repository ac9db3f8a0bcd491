// What is wrong inside one Arrow file; the data set adds the file's name before a user sees it.
namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>A defect found while a file is opened. Never leaves the assembly.</summary>
internal sealed class ArrowFormatException(string what, string instead = "") : Exception(what)
{
    public string Instead { get; } = instead;

    public static ArrowFormatException Damaged(string detail) =>
        new($"the file is damaged or cut off ({detail})", "write or copy it again");
}
