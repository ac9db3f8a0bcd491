// One run of a study, made by the real command.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace XClassFlow.Bench.Study;

/// <summary>A rule with a budget and a seed.</summary>
internal sealed record StudyRun(StudyRule Rule, double Share, long Budget, int Seed)
{
    private string RuleName => Rule.Name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-');

    public string Name => Rule.Full ? $"{RuleName}-s{Seed}" : $"{RuleName}-{Budget}-s{Seed}";

    /// <summary>Its result where the report is there already; null where it is not.</summary>
    public StudyResult? Result(string directory)
    {
        var report = ReportIn(directory);
        if (!File.Exists(report))
        {
            return null;
        }

        using var json = JsonDocument.Parse(File.ReadAllText(report));
        var root = json.RootElement;
        return new StudyResult(this, root.GetProperty("eval").GetProperty("top1").GetDouble(), root.GetProperty("cpu_seconds").GetDouble());
    }

    /// <summary>Trains, and leaves report and log in the directory.</summary>
    /// <returns>The exit code.</returns>
    public int Train(StudyPlan plan, string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "xclassflow.dll"));
        var unfinished = ReportIn(directory) + ".new";
        string[] settings = Rule.Full ? [] : [string.Create(CultureInfo.InvariantCulture, $"active-classes.budget={Budget}")];
        string[] arguments = ["train", "-c", plan.Config, "--report", unfinished];
        foreach (var argument in arguments.Concat(plan.Set.Concat(Rule.Set).Concat(settings).Append($"seed={Seed}").SelectMany(s => new[] { "--set", s })))
        {
            start.ArgumentList.Add(argument);
        }

        using var log = TextWriter.Synchronized(File.CreateText(Path.Combine(directory, Name + ".log")));
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        if (process.ExitCode == 0)
        {
            File.Move(unfinished, ReportIn(directory), overwrite: true);
        }

        return process.ExitCode;
    }

    private string ReportIn(string directory) => Path.Combine(directory, Name + ".json");
}
