using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ActorStreams.Tests;

/// <summary>
/// xunit's own framework, but for this: temporary files are in memory where there is room, and a test that ended with a
/// <see cref="NotOnThisMachineException"/> is reported as skipped.
/// </summary>
public sealed class HouseTestFramework : XunitTestFramework
{
    public HouseTestFramework(IMessageSink diagnostics)
        : base(diagnostics) => MemoryFolder.Use();

    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, new Skipping(executionMessageSink, DiagnosticMessageSink), executionOptions);
    }

    /// <param name="next">Who hears of the tests.</param>
    /// <param name="diagnostics">Is told each reason once: the console has no place for it beside the test.</param>
    internal sealed class Skipping(IMessageSink next, IMessageSink diagnostics) : LongLivedMarshalByRefObject, IMessageSink
    {
        private readonly HashSet<string> _reasons = new(StringComparer.Ordinal);

        public bool OnMessage(IMessageSinkMessage message) =>
            next.OnMessage(message is ITestFailed failed ? AsSkipped(failed) ?? message : message);

        private TestSkipped? AsSkipped(ITestFailed failed)
        {
            int at = Array.IndexOf(failed.ExceptionTypes, typeof(NotOnThisMachineException).FullName);
            if (at < 0)
                return null;
            string reason = failed.Messages[at];
            lock (_reasons)
            {
                if (_reasons.Add(reason))
                    diagnostics.OnMessage(new DiagnosticMessage($"Tests are skipped. {reason}"));
            }

            return new TestSkipped(failed.Test, reason);
        }
    }
}
