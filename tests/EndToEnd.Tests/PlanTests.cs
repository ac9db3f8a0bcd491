// What plan says against what a process then uses.
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using XClassFlow.EndToEnd.Tests.Support;

namespace XClassFlow.EndToEnd.Tests;

public sealed partial class PlanTests
{
    private const double Mebibyte = 1 << 20;

    private const string Configuration = """
        xclassflow {
          data.train { type = generated-features, generated-features { classes = 1500000, width = 64 } }
          layout.shards = 1
          schedule { updates = 12, batch = 128 }
          backbone.type = identity
        }
        """;

    [Theory]
    [InlineData("momentum", "active-classes={ mode = uniform, budget = 2000 }")]
    [InlineData("bf16", "active-classes={ mode = uniform, budget = 20000 }", "head.weights.type=bf16", "head.update.momentum=0", "data.train.generated-features.classes=4000000")]
    [InlineData("audits", "active-classes={ mode = knn, budget = 2000, neighbours = 16, graph = approximate, graph-recall = 0, audit { every = 10, classes = 20000 } }", "data.train.generated-features.classes=100000")]
    [InlineData("graph", "active-classes={ mode = knn, budget = 2000, neighbours = 8, graph-recall = 0 }", "head.update.momentum=0")]
    [InlineData("overlapped", "active-classes={ mode = knn, budget = 2000, neighbours = 8, graph-recall = 0, rebuild = overlapped, rebuild-every = 6, rebuild-delay = 2 }", "head.update.momentum=0", "data.train.generated-features.classes=1000000")]
    public async Task ThePlanIsWithinATenthOfThePeak(string name, params string[] sets)
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-plan-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "run.conf"), Configuration, TestContext.Current.CancellationToken);
            string[] arguments = ["-c", "run.conf", .. sets.SelectMany(s => new[] { "--set", s })];
            var planned = Planned(await LinesAsync(folder, ["plan", .. arguments]));
            await LinesAsync(folder, ["train", .. arguments, "--report", "report.json"]);
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "report.json"), TestContext.Current.CancellationToken));
            var used = json.RootElement.GetProperty("peak_rss_bytes").GetInt64() / Mebibyte;
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: planned {planned:F0} MiB, used {used:F0} MiB");
            Assert.InRange(used / planned, 0.9, 1.1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<string>> LinesAsync(string folder, IReadOnlyList<string> arguments)
    {
        await using var process = CommandProcess.Start(arguments[0], folder, arguments);
        Assert.True(await process.ExitAsync(TimeSpan.FromMinutes(3)) == 0, process.Tail());
        return process.Lines;
    }

    private static double Planned(IReadOnlyList<string> lines)
        => double.Parse(TotalLine().Match(string.Join('\n', lines)).Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^in one process +([\d,.]+) MiB", RegexOptions.Multiline)]
    private static partial Regex TotalLine();
}
