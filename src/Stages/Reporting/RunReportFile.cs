// The report as a file.
using System.Text.Json;
using XClassFlow.Data;

namespace XClassFlow.Stages.Reporting;

/// <summary>Writes and reads reports. A file is there as a whole or not at all.</summary>
public static class RunReportFile
{
    /// <summary>Finds out before a run, not after it, that its report could not be written. Leaves nothing behind.</summary>
    /// <exception cref="UserErrorException">The place does not exist or cannot be written.</exception>
    public static void CheckWritable(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UserErrorException($"'{path}' is a directory", "--report", "name a file");
        }

        if (!Directory.Exists(DirectoryOf(path)))
        {
            throw new UserErrorException($"there is no directory '{DirectoryOf(path)}'", "--report", "create it first");
        }

        try
        {
            var probe = TemporaryOf(path);
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{path}' cannot be written: {e.Message}", "--report", "name a file in a directory that can be written", e);
        }
    }

    /// <summary>Writes the report beside its place, then moves it there.</summary>
    /// <exception cref="OutputException">It cannot be written; what stood there before still does.</exception>
    public static void Write(RunReport report, string path) => Write(path, file => JsonSerializer.Serialize(file, report, ReportJson.Default.RunReport));

    /// <summary>Writes any document and an end of line beside its place, then moves it there.</summary>
    /// <inheritdoc cref="Write(RunReport, string)"/>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = TemporaryOf(path);
        try
        {
            using (var file = File.Create(temporary))
            {
                write(file);
                file.WriteByte((byte)'\n');
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            if (e is IOException or UnauthorizedAccessException)
            {
                throw new OutputException(path, e);
            }

            throw;
        }
    }

    /// <summary>The report as one JSON object.</summary>
    public static string ToJson(RunReport report) => JsonSerializer.Serialize(report, ReportJson.Default.RunReport);

    /// <summary>A report that <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static RunReport OfJson(string json) => JsonSerializer.Deserialize(json, ReportJson.Default.RunReport) ?? throw new JsonException("null is no report");

    /// <exception cref="UserErrorException">The file is not there or is no report.</exception>
    public static RunReport Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, ReportJson.Default.RunReport)
                ?? throw new UserErrorException("the file holds null", path, "name a report of xclassflow");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UserErrorException($"no report can be read: {e.Message}", path, "name a report of xclassflow", e);
        }
    }

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";

    private static string TemporaryOf(string path) =>
        Path.Combine(DirectoryOf(path), $".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp");
}
