// The JSON form of the report, generated at compile time.
using System.Text.Json.Serialization;

namespace XClassFlow.Stages.Reporting;

/// <summary>snake_case names, indented, nulls written: a reader finds every name in every report.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    Converters = [typeof(FiniteOrNullConverter)])]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
