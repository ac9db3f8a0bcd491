// What was found of one face, for a list that helps to choose.
namespace XClassFlow.Data.Import.Glyphs;

/// <param name="Path">The file.</param>
/// <param name="Face">Number of the face in it.</param>
/// <param name="Family">Name of its family.</param>
/// <param name="Style">Weight and slant.</param>
/// <param name="Characters">Wanted characters that it draws.</param>
/// <param name="Samples">Pictures that the data set takes from it: those that no face before it draws the same.</param>
/// <param name="IsTest">Whether it is held out.</param>
public sealed record FontSummary(string Path, int Face, string Family, string Style, int Characters, long Samples, bool IsTest);
