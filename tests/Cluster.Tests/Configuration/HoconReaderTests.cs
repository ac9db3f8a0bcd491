// What the reader takes, and its one line for every mistake.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Tests.Configuration;

public sealed class HoconReaderTests
{
    [Theory]
    [InlineData("a = 1", "a = 1")]
    [InlineData("{ a : 1, b : 2 }", "a = 1|b = 2")]
    [InlineData("a.b.c = 1\na { b { d = 2 } }", "a {|  b {|    c = 1|    d = 2|  }|}")]
    [InlineData("a = 1 # note\n// note\nb = 2 // note", "a = 1|b = 2")]
    [InlineData("a = [1, 2\n3,]", "a = [1, 2, 3]")]
    [InlineData("a = hello big  world  ", "a = \"hello big  world\"")]
    [InlineData("a = \"x\" y", "a = \"x y\"")]
    [InlineData("a = localhost:80", "a = \"localhost:80\"")]
    [InlineData("a = /data/x.arrow", "a = \"/data/x.arrow\"")]
    [InlineData("a = \"\"\"C:\\x \"quoted\" \"\"\"\"", "a = \"C:\\\\x \\\"quoted\\\" \\\"\"")]
    [InlineData("a = null", "a = null")]
    [InlineData("a = \"null\"", "a = \"null\"")]
    [InlineData("a\n{\n}\n", "a {}")]
    [InlineData("a =\n{ b = 1 }", "a {|  b = 1|}")]
    [InlineData("a = 1\na = 2", "a = 2")]
    [InlineData("a { b = 1 }\na = { c = 2 }", "a {|  b = 1|  c = 2|}")]
    [InlineData("a { b = 1 }\na = null", "a = null")]
    [InlineData("include = 5", "\"include\" = 5")]
    [InlineData("a = ${b}/x\nb = dir", "a = \"dir/x\"|b = dir")]
    [InlineData("a = ${b} { y = 2 }\nb { x = 1, y = 1 }", "a {|  x = 1|  y = 2|}|b {|  x = 1|  y = 1|}")]
    [InlineData("a = ${b} [3]\nb = [1, 2]", "a = [1, 2, 3]|b = [1, 2]")]
    [InlineData("a = ${b.c}\nb = ${d}\nd { c = 5 }", "a = 5|b {|  c = 5|}|d {|  c = 5|}")]
    [InlineData("\ufeffa = 1\r\nb = 2\r\n", "a = 1|b = 2")]
    [InlineData("", "")]
    public void Reads(string text, string rendered) =>
        Assert.Equal(rendered, HoconLoader.Parse(text, "t.conf").ToHocon().TrimEnd('\n').Replace('\n', '|'));

    [Theory]
    [InlineData("a = 1\nb = ${?HOME}", "t.conf:2: '${?' is not supported: the keys after it would be lost; give values from outside with --set path=value")]
    [InlineData("a = ${HOME}", "t.conf:1: the substitution ${HOME} has no value; substitutions name a key of the configuration by its full path; the environment is not read, use --set path=value")]
    [InlineData("xclassflow { a = 1, b = ${a} }", "t.conf:1: the substitution ${a} has no value; write ${xclassflow.a}")]
    [InlineData("a = ${b}\nb = ${a}", "t.conf:1: the substitution ${b} leads back to itself; write the value in one place")]
    [InlineData("a = ${a}1", "t.conf:1: the substitution ${a} leads back to itself; write the value in one place")]
    [InlineData("a = ${b", "t.conf:1: the substitution is never closed; write ${path}")]
    [InlineData("a = ${}", "t.conf:1: '}' where a key is expected; write KEY }, and quote a key with special characters")]
    [InlineData("a = $5", "t.conf:1: '$' outside of quotes; quote the value, or write ${path}")]
    [InlineData("a {\n b = 1\n", "t.conf:1: this '{' is never closed; add the missing '}'")]
    [InlineData("{ a = 1", "t.conf:1: this '{' is never closed; add the missing '}'")]
    [InlineData("a { b = 1 }\n}\nb = 2", "t.conf:2: this '}' closes nothing; remove it, or look for a brace that was closed too early")]
    [InlineData("a { b = 1 } } b = 2", "t.conf:1: this '}' closes nothing; remove it, or look for a brace that was closed too early")]
    [InlineData("{ a = 1 }\nb = 2", "t.conf:2: 'b' is not expected here; start the next key on a new line")]
    [InlineData("a = [1, 2\nb = 3", "t.conf:2: a second '=' on the line; start the next key on a new line, or quote the value")]
    [InlineData("a = [1, 2", "t.conf:1: this '[' is never closed; add the missing ']'")]
    [InlineData("a {\n b = [1 }", "t.conf:2: '}' where the '[' of line 2 is open; close it with ']'")]
    [InlineData("a {\n b = 1\n]", "t.conf:3: ']' where the '{' of line 1 is open; close it with '}'")]
    [InlineData("a = [1]\na += 2", "t.conf:2: '+=' at the key 'a' is not supported; write the whole list: a = [...]")]
    [InlineData("a = \"x\nb = 1", "t.conf:1: this string is never closed; add the missing \"")]
    [InlineData("a = \"x", "t.conf:1: this string is never closed; add the missing \"")]
    [InlineData("b = 1\na = \"\"\"x\n\n", "t.conf:2: this \"\"\" is never closed; add the missing \"\"\"")]
    [InlineData("a = \"\\q\"", "t.conf:1: '\\q' in a string is no escape; write \\\\ for a backslash")]
    [InlineData("a = C:\\data", "t.conf:1: '\\' in a value without quotes; quote the value")]
    [InlineData("a = 1 b = 2", "t.conf:1: a second '=' on the line; start the next key on a new line, or quote the value")]
    [InlineData("a = 1 b : 2", "t.conf:1: ':' in a value without quotes; quote the value, or start the next key on a new line")]
    [InlineData("a = http://x", "t.conf:1: ':' in a value without quotes; quote the value, or start the next key on a new line")]
    [InlineData("a =\nb = 2", "t.conf:1: the key 'a' has no value; write a value, \"\" for the empty text, or null")]
    [InlineData("a\nb = 2", "t.conf:1: the key 'a' has no value; write a = VALUE")]
    [InlineData("a b = 2", "t.conf:1: the key 'a' has no value; write a = VALUE")]
    [InlineData("a. = 2", "t.conf:1: ' ' where a key is expected; write KEY = or {, and quote a key with special characters")]
    [InlineData("a = 1,,\nb = 2", "t.conf:1: two commas; remove one")]
    [InlineData("= 2", "t.conf:1: '=' where a key is expected; write KEY = or {, and quote a key with special characters")]
    [InlineData("[1]", "t.conf:1: the document is a list; write keys: xclassflow { ... }")]
    [InlineData("a = ${b}\nb { x = 1 }\na { y = 2 }", "t.conf:3: a block for 'a' follows its substitution of line 1, and readers of HOCON disagree about what that means; write it in one place: a = ${...} { ... }")]
    [InlineData("a = 1 { b = 2 }", "t.conf:1: texts, lists and blocks side by side at 'a'; start the next key on a new line, or check what the substitutions stand for")]
    [InlineData("include url(\"x\")", "t.conf:1: only include \"file\" is supported; write the name of a file in quotes, relative to this one")]
    [InlineData("include required(\"x\")", "t.conf:1: only include \"file\" is supported; write the name of a file in quotes, relative to this one")]
    [InlineData("include \"x\"", "t.conf:1: include is only for files; write the keys themselves")]
    public void Refuses(string text, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => HoconLoader.Parse(text, "t.conf"));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void NestingIsBounded() => Assert.Equal(
        "t.conf:1: more than 64 braces and brackets inside each other; write it flatter",
        Assert.Throws<UserErrorException>(() => HoconLoader.Parse("a = " + new string('[', 100_000), "t.conf")).Message);
}
