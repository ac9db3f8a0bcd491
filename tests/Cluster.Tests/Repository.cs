// Finds the checkout that the tests run in.
namespace XClassFlow.Cluster.Tests;

internal static class Repository
{
    /// <summary>The folder of XClassFlow.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "XClassFlow.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside a checkout");
    }
}
