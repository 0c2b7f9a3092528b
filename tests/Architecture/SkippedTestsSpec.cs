using ActorStreams.Tests;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ActorStreams.Architecture.Tests;

/// <summary>A machine with the .NET SDK and nothing else passes the tests: those that need more are skipped, and counted as that.</summary>
[Trait("Issue", "C1")]
public sealed class SkippedTestsSpec
{
    private readonly Heard _tests = new(), _diagnostics = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_test_that_needs_what_is_not_there_is_skipped_with_the_reason(bool inItsFixture)
    {
        var missing = new NotOnThisMachineException("They need a printer.");
        Exception thrown = inItsFixture ? new InvalidOperationException("The fixture failed.", missing) : missing;

        Run(thrown, thrown);

        Assert.All(_tests.Messages, message => Assert.Equal("They need a printer.", Assert.IsAssignableFrom<ITestSkipped>(message).Reason));
        var told = Assert.IsAssignableFrom<IDiagnosticMessage>(Assert.Single(_diagnostics.Messages));
        Assert.Equal("Tests are skipped. They need a printer.", told.Message);
    }

    [Fact]
    public void A_test_that_fails_in_another_way_has_failed()
    {
        Run(new InvalidOperationException("They need a printer."));

        Assert.IsAssignableFrom<ITestFailed>(Assert.Single(_tests.Messages));
        Assert.Empty(_diagnostics.Messages);
    }

    /// <summary>All projects have it from one line of Directory.Build.props.</summary>
    [Fact]
    public void This_test_project_skips_in_this_way() =>
        Assert.Equal(typeof(HouseTestFramework).FullName, typeof(SkippedTestsSpec).Assembly.GetCustomAttributesData()
            .Single(attribute => attribute.AttributeType == typeof(TestFrameworkAttribute)).ConstructorArguments[0].Value);

    private void Run(params Exception[] thrown)
    {
        var sink = new HouseTestFramework.Skipping(_tests, _diagnostics);
        foreach (Exception error in thrown)
            sink.OnMessage(new TestFailed(Printing(), 0, "", error));
    }

    /// <summary>A test as xunit sees it.</summary>
    private XunitTest Printing()
    {
        Type type = typeof(SkippedTestsSpec);
        var collection = new TestCollection(new TestAssembly(Reflector.Wrap(type.Assembly)), null, "printers");
        IMethodInfo itself = Reflector.Wrap(type.GetMethod(nameof(A_test_that_fails_in_another_way_has_failed)));
        var method = new TestMethod(new TestClass(collection, Reflector.Wrap(type)), itself);
        return new XunitTest(new XunitTestCase(_diagnostics, TestMethodDisplay.Method, TestMethodDisplayOptions.None, method), "It prints");
    }

    private sealed class Heard : LongLivedMarshalByRefObject, IMessageSink
    {
        public List<IMessageSinkMessage> Messages { get; } = [];

        public bool OnMessage(IMessageSinkMessage message)
        {
            Messages.Add(message);
            return true;
        }
    }
}
