// Top-1 against the number of active classes, for every rule: the study behind docs/knn-softmax.md.
using System.Globalization;

namespace XClassFlow.Bench.Study;

/// <summary>
/// dotnet run -c Release --project bench -- study PLAN.json OUT [seconds]: trains what OUT has no report of yet, until the seconds are over (0: only shows), then prints the
/// table and writes the picture.
/// </summary>
internal static class SelectionStudy
{
    public static int Run(string[] args)
    {
        if (args is not [var file, var directory, .. var more])
        {
            Console.Error.WriteLine("study: write study PLAN.json OUT [seconds]");
            return 2;
        }

        var plan = StudyPlan.Read(file);
        Directory.CreateDirectory(directory);
        var seconds = more is [var text] ? double.Parse(text, CultureInfo.InvariantCulture) : double.PositiveInfinity;
        var failed = Train(plan, directory, DateTime.UtcNow, seconds);
        StudyResult[] results = [.. plan.Runs().Select(r => r.Result(directory)).OfType<StudyResult>()];
        foreach (var line in StudyTable.Of(results))
        {
            Console.WriteLine(line);
        }

        var name = Path.GetFileNameWithoutExtension(file);
        StudyPicture.Write(results, $"{name}: {plan.Classes:N0} classes", Path.Combine(directory, name + ".svg"));
        return failed ? 1 : 0;
    }

    private static bool Train(StudyPlan plan, string directory, DateTime start, double seconds)
    {
        var failed = false;
        foreach (var run in plan.Runs().Where(r => r.Result(directory) is null))
        {
            if ((DateTime.UtcNow - start).TotalSeconds >= seconds)
            {
                break;
            }

            var code = run.Train(plan, directory);
            failed |= code != 0;
            Console.Error.WriteLine(code == 0
                ? string.Create(CultureInfo.InvariantCulture, $"{run.Name}: {100 * run.Result(directory)!.Top1:F2}")
                : $"{run.Name}: exit {code}, see {run.Name}.log");
        }

        return failed;
    }
}
