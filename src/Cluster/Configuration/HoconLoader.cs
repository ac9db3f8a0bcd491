// Loads the configuration of a node: reference.conf, then the user's file, then --set.
using Akka.Configuration;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Cluster.Configuration;

/// <summary>
/// Layers HOCON documents and resolves their substitutions last, so that <c>${xclassflow.classes}</c> sees an override. Everything of ours is
/// under <c>xclassflow</c>; <c>akka</c> is handed to Akka; any other top-level key is an error. Texts are read by <see cref="HoconReader"/>, not by
/// Akka's parser, which accepts most mistakes in silence; Akka's parser sees only the checked and rendered <c>akka</c> block.
/// </summary>
public static class HoconLoader
{
    internal const string RootKey = "xclassflow";
    internal const string AkkaKey = "akka";
    private const string ReferenceName = "reference.conf";

    /// <summary>The reference that is built into this assembly.</summary>
    public static string ReferenceText()
    {
        using var stream = typeof(HoconLoader).Assembly.GetManifestResourceStream(ReferenceName)
            ?? throw new InvalidOperationException("XClassFlow.Cluster was built without configs/hocon/reference.conf");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Loads with the built-in reference.</summary>
    /// <inheritdoc cref="Load(string, IReadOnlyList{string}, string)"/>
    public static LoadedConfiguration Load(string? file, IReadOnlyList<string> sets) => Load(file, sets, ReferenceText());

    /// <summary>Loads the layers.</summary>
    /// <param name="file">The user's file, or null.</param>
    /// <param name="sets">Overrides <c>path=value</c>, later ones last; a path may leave out the leading <c>xclassflow.</c>.</param>
    /// <param name="reference">The text of the lowest layer.</param>
    /// <exception cref="UserErrorException">A file cannot be read, a text is not understood, or a top-level key is unknown.</exception>
    public static LoadedConfiguration Load(string? file, IReadOnlyList<string> sets, string reference)
    {
        var files = new HoconFiles();
        var document = files.Read(new HoconSource(ReferenceName, reference));
        if (file is not null)
        {
            document.Merge(files.ReadFile(file, "configuration"));
        }

        return Finish(document, sets);
    }

    /// <summary>Loads a document that is held as text (in a checkpoint or a recording), without a reference below it.</summary>
    /// <param name="text">The document.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="sets">As in <see cref="Load(string, IReadOnlyList{string}, string)"/>.</param>
    /// <exception cref="UserErrorException">As in <see cref="Load(string, IReadOnlyList{string}, string)"/>.</exception>
    public static LoadedConfiguration LoadText(string text, string name, IReadOnlyList<string>? sets = null) =>
        Finish(new HoconFiles().Read(new HoconSource(name, text)), sets ?? []);

    /// <summary>Reads any document into a tree, whatever its keys are.</summary>
    /// <exception cref="UserErrorException">The text is not understood.</exception>
    public static ConfigNode Parse(string text, string name) =>
        new HoconResolver(new HoconFiles().Read(new HoconSource(name, text))).Resolve();

    private static LoadedConfiguration Finish(HoconObject document, IReadOnlyList<string> sets)
    {
        foreach (var set in sets)
        {
            var (path, value) = HoconOverride.Read(set);
            document.Put(path, value);
        }

        foreach (var (key, value) in document.Members)
        {
            RefuseUnknown(key, value);
        }

        var root = new HoconResolver(document).Resolve();
        var akka = root.Section(AkkaKey);
        var rendered = ConfigNode.OfMembers([KeyValuePair.Create(AkkaKey, akka)]).ToHocon();
        return new LoadedConfiguration(root.Section(RootKey), akka, ConfigurationFactory.ParseString(rendered));
    }

    private static void RefuseUnknown(string key, HoconValue value)
    {
        string[] known = [RootKey, AkkaKey];
        if (!known.Contains(key))
        {
            var nearest = Suggestion.Nearest(key, known) is { } near ? $"did you mean '{near}'? " : "";
            throw new UserErrorException(
                $"unknown top-level key '{key}'", value.Origin.ToString(), $"{nearest}known keys: xclassflow, akka; settings go inside xclassflow {{ ... }}");
        }

        if (value is HoconScalar or HoconArray)
        {
            throw new UserErrorException($"'{key}' is not a block", value.Origin.ToString(), $"write {key} {{ ... }}");
        }
    }
}
