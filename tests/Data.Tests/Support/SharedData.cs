// Finds the real data sets that lie beside the repository, where they are present.
namespace XClassFlow.Data.Tests.Support;

public static class SharedData
{
    /// <summary>The folder of a shared data set, found by walking up from the test; the test is skipped where it is absent.</summary>
    public static string Require(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data", name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        Assert.Skip($"shared/data/{name} is not beside the repository");
        return "";
    }
}
