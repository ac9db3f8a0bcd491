// What a study compares: rules for choosing active classes, over shares of the classes and seeds.
using System.Text.Json;

namespace XClassFlow.Bench.Study;

/// <summary>A study, as its JSON file says it.</summary>
/// <param name="Config">Configuration of the runs, seen from the working directory.</param>
/// <param name="Classes">N of the configuration's data: a share of the classes becomes a budget.</param>
/// <param name="Shares">M / N.</param>
/// <param name="Seeds">Every run is made with each.</param>
/// <param name="Set">Overrides of all runs, "path=value".</param>
/// <param name="Rules">What is compared.</param>
internal sealed record StudyPlan(string Config, long Classes, double[] Shares, int[] Seeds, string[] Set, StudyRule[] Rules)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
    };

    public static StudyPlan Read(string file) => JsonSerializer.Deserialize<StudyPlan>(File.ReadAllText(file), Format)
        ?? throw new InvalidDataException($"{file} holds no study");

    /// <summary>Every run, the seeds innermost, so that a study that is stopped has whole points.</summary>
    public IEnumerable<StudyRun> Runs()
    {
        foreach (var rule in Rules)
        {
            foreach (var share in rule.Full ? [1.0] : Shares.Where(s => s >= rule.From))
            {
                foreach (var seed in Seeds)
                {
                    yield return new StudyRun(rule, share, Math.Max(1, (long)Math.Round(Classes * share)), seed);
                }
            }
        }
    }
}
