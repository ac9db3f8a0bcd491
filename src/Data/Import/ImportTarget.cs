// Where an import writes to, and what it holds out for testing.
namespace XClassFlow.Data.Import;

/// <summary>The part of an importer's settings that all importers share.</summary>
/// <param name="Out">The Arrow file to write.</param>
/// <param name="TestEvery">Of each class, every so-many-th sample goes to the test file (4: those with index in class 3, 7, 11, ...); 0: no split.</param>
/// <param name="TestOut">The test file; empty: NAME.test.arrow beside NAME.arrow.</param>
public sealed record ImportTarget(string Out, int TestEvery = 0, string TestOut = "")
{
    /// <summary>The importer itself knows what is for testing: there is a test file without <see cref="TestEvery"/>.</summary>
    public bool OwnTest { get; init; }

    /// <summary>The test file's path; empty without a split.</summary>
    public string TestPath => TestEvery == 0 && !OwnTest ? "" : TestOut.Length > 0 ? TestOut : Stem + ".test.arrow";

    /// <summary>The file of class names: lines of label, tab, name.</summary>
    public string ClassNamesPath => Stem + ".classes.tsv";

    private string Stem => Out.EndsWith(".arrow", StringComparison.OrdinalIgnoreCase) ? Out[..^".arrow".Length] : Out;

    /// <exception cref="UserErrorException">A value is missing or out of range; names <paramref name="path"/>.key.</exception>
    public void Validate(string path)
    {
        if (string.IsNullOrWhiteSpace(Out))
        {
            throw new UserErrorException("no file is named", SettingsCheck.Join(path, "out"), "name the Arrow file to write");
        }

        SettingsCheck.Require(TestEvery is 0 or > 1, path, "test-every", TestEvery, "write 0 (no split) or at least 2");

        if (TestOut.Length > 0 && TestPath.Length == 0)
        {
            throw new UserErrorException("a test file is named but nothing is held out", SettingsCheck.Join(path, "test-out"), "set test-every too");
        }

        if (TestPath.Length > 0 && Path.GetFullPath(TestPath) == Path.GetFullPath(Out))
        {
            throw new UserErrorException("the test file is the training file", SettingsCheck.Join(path, "test-out"), "name another file");
        }
    }
}
