// The throughput ladder, small: its runs are the product's, so it must not fall behind.
using System.Text.Json;
using XClassFlow.EndToEnd.Tests.Support;

namespace XClassFlow.EndToEnd.Tests;

public sealed class LadderTests
{
    [Fact]
    public async Task Every_rung_runs_and_sparse_gradients_are_few_bytes()
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-ladder-test-").FullName;
        try
        {
            await using var process = CommandProcess.Start("ladder", folder, [
                "bench", "ladder", "--nodes", "2", "--megabits", "1000", "--classes", "4000", "--batch", "32", "--warm-up", "2", "--steps", "3", "--report", "ladder.json",
                "--set", "backbone.mlp.hidden=[512, 512]"]);
            Assert.True(await process.ExitAsync(TimeSpan.FromMinutes(8)) == 0, process.Tail());
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "ladder.json"), TestContext.Current.CancellationToken));
            var rungs = json.RootElement.GetProperty("ladders")[0].GetProperty("rungs").EnumerateArray().ToArray();
            Assert.Equal(4, rungs.Length);
            Assert.All(rungs, r => Assert.True(r.GetProperty("samples_per_second").GetDouble() > 0));
            var bytes = rungs.Select(r => r.GetProperty("received_bytes").GetDouble()).ToArray();

            // Half of the gradient comes as a part to be summed, half as a sum: 400,000 parameters of 4 bytes.
            Assert.InRange(bytes[0], 1.5e6, 2.5e6);
            Assert.InRange(bytes[3], 1, bytes[0] / 20);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task With_a_configuration_every_rung_trains_to_its_end_and_is_evaluated()
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-ladder-test-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "run.conf"), """
                xclassflow {
                  data {
                    train { type = generated-features, generated-features { classes = 200, width = 16, samples-per-class = 16 } }
                    test { type = generated-features, generated-features { classes = 200, width = 16, samples-per-class = 2, split = test } }
                  }
                  schedule { updates = 150, batch = 32 }
                  backbone { type = mlp, mlp { width = 16, hidden = [64] } }
                  active-classes { budget = 100, neighbours = 4, rebuild-every = 50 }
                  sparsifier { ratio = 0.1, warm-up = [] }
                }
                """, TestContext.Current.CancellationToken);
            await using var process = CommandProcess.Start("ladder", folder, [
                "bench", "ladder", "-c", "run.conf", "--nodes", "2", "--megabits", "1000", "--warm-up", "10", "--steps", "5", "--report", "ladder.json"]);
            Assert.True(await process.ExitAsync(TimeSpan.FromMinutes(8)) == 0, process.Tail());
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "ladder.json"), TestContext.Current.CancellationToken));
            var rungs = json.RootElement.GetProperty("ladders")[0].GetProperty("rungs").EnumerateArray().ToArray();
            Assert.Equal(4, rungs.Length);

            // Chance is half a percent.
            Assert.All(rungs, r => Assert.InRange(r.GetProperty("top1").GetDouble(), 0.05, 1));
            Assert.All(rungs, r => Assert.True(r.GetProperty("samples_per_second").GetDouble() > 0));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>On a line on which whole gradients take four times as long as a step needs otherwise, the choice is clear however busy the machine is.</summary>
    [Fact]
    public async Task Auto_chooses_sparse_gradients_on_a_slow_line()
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-gradients-test-").FullName;
        try
        {
            await using var process = CommandProcess.Start("gradients", folder, [
                "bench", "gradients", "--megabits", "100", "--classes", "2000", "--batch", "32", "--warm-up", "2", "--steps", "3", "--report", "gradients.json",
                "--set", "backbone.mlp.hidden=[1024, 1024]"]);
            Assert.True(await process.ExitAsync(TimeSpan.FromMinutes(8)) == 0, process.Tail());
            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "gradients.json"), TestContext.Current.CancellationToken));
            var row = Assert.Single(json.RootElement.GetProperty("rows").EnumerateArray());
            Assert.True(row.GetProperty("sparse").GetBoolean());
            Assert.True(row.GetProperty("trial_sparse_ms").GetDouble() < row.GetProperty("trial_whole_ms").GetDouble());
            Assert.True(row.GetProperty("auto_seconds").GetDouble() > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_mistake_in_a_setting_ends_it_with_the_line_of_the_run()
    {
        await using var process = CommandProcess.Start("ladder", Path.GetTempPath(), ["bench", "ladder", "--nodes", "2", "--megabits", "1000", "--classes", "4000", "--set", "schedule.bach=1"]);
        Assert.Equal(2, await process.ExitAsync(TimeSpan.FromMinutes(2)));
        Assert.Contains(process.Lines, l => l.Contains("schedule.bach", StringComparison.Ordinal));
    }
}
