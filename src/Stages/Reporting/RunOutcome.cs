// How a run ended.
using System.Text.Json.Serialization;

namespace XClassFlow.Stages.Reporting;

/// <summary>How a run ended; in the report as a word in lower case.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunOutcome>))]
public enum RunOutcome
{
    [JsonStringEnumMemberName("completed")]
    Completed,

    /// <summary>Stopped on request after a step, with a checkpoint.</summary>
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,

    [JsonStringEnumMemberName("failed")]
    Failed,
}
