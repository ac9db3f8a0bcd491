// Rendered trees read back as they were: by our reader and, where its dialect allows, by Akka's parser.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Cluster.Configuration;
using XClassFlow.Data;
using XClassFlow.Stages.Configuration;
using AkkaValue = Akka.Configuration.Hocon.HoconValue;

namespace XClassFlow.Cluster.Tests.Configuration;

public sealed class RoundTripTests
{
    [Fact]
    public void WhatIsRenderedReadsBackEqual()
    {
        var documents = ConfigNodeGenerator.Document(ConfigNodeGenerator.Text, ConfigNodeGenerator.Text).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(documents, document =>
        {
            var text = document.ToHocon();
            var back = HoconLoader.Parse(text, "rendered");
            return back.ContentEquals(document) && back.ToHocon() == text;
        }));
    }

    [Fact]
    public void AkkaReadsTheSame()
    {
        var keys = Gen.Elements("a", "b-c", "d_e", "dotted.key", "/user/*", "k9", "@x");
        var texts = Gen.Elements("1", "x y", "true", "akka.tcp://a@b:1", "10s", "a=b", "{", "#", "q\"q", "b\\s", "line\nbreak", "é", "");
        var documents = ConfigNodeGenerator.Document(texts, keys).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(documents, document =>
        {
            var wrapped = ConfigNode.OfMembers([KeyValuePair.Create("akka", document)]);
            var difference = Difference(wrapped, HoconParser(wrapped.ToHocon()));
            return (difference is null).Label($"{difference}{Environment.NewLine}{wrapped.ToHocon()}");
        }));
    }

    [Fact]
    public void AnyTextIsReadOrRefusedInOneLine()
    {
        var pieces = Gen.Elements(
            "a", "b.c", "=", ":", "{", "}", "[", "]", ",", "\n", " ", "\"", "\"\"\"", "${a}", "${", "${?a}", "$", "+=", "#", "//", "include", "null", "1", ".", "\\", "\0", "\t", "é");
        var texts = pieces.ListOf().Select(string.Concat).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(texts, text =>
        {
            try
            {
                HoconLoader.Parse(text, "t");
                return true;
            }
            catch (UserErrorException e)
            {
                return e.Message.StartsWith("t:", StringComparison.Ordinal) && !e.Message.Contains('\n', StringComparison.Ordinal);
            }
        }));
    }

    private static AkkaValue HoconParser(string text) => Akka.Configuration.ConfigurationFactory.ParseString(text).Root;

    // The first place where they differ, or null.
    private static string? Difference(ConfigNode ours, AkkaValue? theirs)
    {
        switch (ours.Kind)
        {
            case ConfigNodeKind.Members:
                var block = theirs?.IsObject() == true ? theirs.GetObject().Items : [];
                return block.Count == ours.Members.Count
                    ? ours.Members.Select(m => Difference(m.Value, block.GetValueOrDefault(m.Key))).FirstOrDefault(d => d is not null)
                    : $"{ours.Path} has {ours.Members.Count} members, not {block.Count}: {string.Join(' ', block.Keys)}";
            case ConfigNodeKind.Items:
                var list = theirs?.IsArray() == true ? theirs.GetArray() : [];
                return list.Count == ours.Items.Count
                    ? ours.Items.Zip(list).Select(p => Difference(p.First, p.Second)).FirstOrDefault(d => d is not null)
                    : $"{ours.Path} has {ours.Items.Count} items, not {list.Count}";
            default:
                var text = ours.IsNull ? null : ours.Text;
                return theirs?.GetString() == text ? null : $"{ours.Path} is {ours}, not {theirs?.GetString()}";
        }
    }
}
